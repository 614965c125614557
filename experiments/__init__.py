"""Every file here is a command; every folder is what commands share. Commands hold no science."""
