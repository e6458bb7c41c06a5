"""The control tower: where coordinators, quality and logistics desks see what goes wrong, and say what they do.

It reads what the pipeline has concluded and keeps a copy of its own that may be thrown away; what people
decide goes back through the log. It concludes nothing itself, and knows nothing of Faust.
"""
