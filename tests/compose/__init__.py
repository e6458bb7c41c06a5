"""The broker and the registry that everything else is shown on."""
