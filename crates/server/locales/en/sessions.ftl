# Where somebody is signed in.
sessions-short = Sessions
sessions-title = Where you are signed in
sessions-lead = Ending a session signs that browser out at once, and ends the visits that were entered from it.
sessions-browser = Browser
sessions-since = Signed in
sessions-passkey = Showed a passkey {$when}
sessions-seen = Last used
sessions-until = Ends at the latest
sessions-do = End it
sessions-other-browser = Another browser
sessions-here = this one
sessions-end = End
sessions-end-others = End all others
sessions-not-yours = If one is not yours, end it, and tell {$vendor}’s trust desk: somebody else has signed in as you.

# Signing in by the OpenID provider of the vendor.
vendor-sign-in = Sign in as one of {$vendor}’s people
vendor-refused = Not signed in
vendor-stale = This sign-in at {$vendor} did not begin in this browser, took longer than ten minutes, or is over.
vendor-stale-now = <strong>What to do:</strong> begin again.
vendor-unreachable = {$vendor}’s sign-in service does not answer, so nobody can sign in with it now. Whoever is signed in stays so.
vendor-unreachable-now = <strong>What to do:</strong> try again in a moment; if it stays so, tell whoever runs it.
vendor-not-known = {$vendor}’s sign-in service confirmed nobody who may work here.
vendor-not-known-now = <strong>What to do:</strong> ask your platform team. You have to be in one of the groups that they have named, and registered here with the address that the service has verified.
