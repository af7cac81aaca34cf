# The audit of the claims.
