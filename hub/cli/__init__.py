"""The command `hub`: one module per noun, imported when its command is called."""
