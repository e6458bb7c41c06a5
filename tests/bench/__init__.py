"""How fast, how soon, how large: the figures behind the bars, beside other engines on the same job."""
