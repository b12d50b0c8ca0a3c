"""Who makes a claim, by a grammar of English quotation and attribution; enter at `speakers`."""
