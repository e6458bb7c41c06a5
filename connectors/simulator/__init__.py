"""A whole network of partners, played: each says our events in its own format."""
