"""`claimwire dashboard`: the claims topic as a page that a fact-checking desk keeps open.

`reader` follows the topic, `store` holds the latest claims, `server` answers the page and the API.
"""
