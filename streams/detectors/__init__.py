"""What is wrong: labelled pure questions put to a record."""
