"""What must hold, told as sentences."""
