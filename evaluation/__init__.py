"""How good is a completion? Methods side by side on the same pictures with the same holes, scored, tabled and shown."""
