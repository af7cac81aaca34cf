"""Files, logs and scripts: the ground the rest stands on."""
