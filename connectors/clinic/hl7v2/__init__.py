"""The treatment centre by HL7 v2: what its ADT, SIU, order, result and administration messages say."""
