# Where somebody is signed in.
sessions-short = Sessions
sessions-title = Where you are signed in
sessions-lead = Ending a session signs that browser out at once, and ends the visits that were entered from it.
sessions-browser = Browser
sessions-since = Signed in
sessions-seen = Last used
sessions-until = Ends at the latest
sessions-do = End it
sessions-other-browser = Another browser
sessions-here = this one
sessions-end = End
sessions-end-others = End all others
sessions-not-yours = If one is not yours, end it, and tell {$vendor}’s trust desk: somebody else has signed in as you.
