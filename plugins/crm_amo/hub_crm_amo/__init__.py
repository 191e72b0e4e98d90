"""amoCRM (Kommo) for interaction-hub."""
