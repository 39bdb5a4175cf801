"""Tables in: schema, readers, data quality, encoders."""
