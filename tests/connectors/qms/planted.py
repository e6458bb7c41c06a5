"""Personal data that the samples carry on purpose; none of it may leave the connector."""

PLANTED = ("Muster, Anna", "quality.anna.muster")
