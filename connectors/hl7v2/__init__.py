"""HL7 v2 in ER7, as clinics and laboratories speak it: what both have in common."""
