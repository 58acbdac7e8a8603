"""Each error has its code and status, and four keys that help and give nothing away."""
