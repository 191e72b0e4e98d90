"""The only place that knows SQL. `Store.open` gives units of work; the modules read and write one concept each."""
