# What every page has, and the words for states, times and ends that many pages share.
frame-product = Support access
frame-skip = Skip to the content
frame-you = You
frame-sessions = Sessions
frame-sign-out = Sign out
frame-how = How support access works

lasting-hours = {$hours} h {$minutes} min
lasting-minutes = {$minutes} min {$seconds} s
lasting-seconds = {$seconds} s

state-enabled = Enabled
state-enabled-means = Support people may enter. Every visit says who came and why.
state-asks = Approval required
state-asks-means = Support people may enter once a visit is approved.
state-disabled = Disabled
state-disabled-since = Since {$when}, by {$who}. Nobody can enter. {$how}
state-disabled-desk = the vendor’s desk, at your organization’s request
state-provisional = It is provisional: it holds, and the steps that confirm it are under way.
state-confirmed = It is confirmed.
state-closed = Closed
state-closed-means = The stored setting is not the one that the log proves (found {$when}). Nobody can enter until a security contact decides anew.

end-left = they left
end-disabled = cut off: support access disabled
end-frozen = cut off: the vendor froze support access
end-stopped-here = cut off: your organization stopped it
end-stopped-by = cut off: your organization stopped it ({$who})
end-stopped-by-program = cut off: your organization stopped it (one of its programs)
end-token = cut off: the token they used expired or was revoked
end-session = cut off: they were signed out
end-idle = unused for 15 minutes
end-too-long = open for 8 hours
end-stopped = the gateway was stopped
end-lost = the gateway was lost

standing-unconfirmed = not confirmed: two desk people have to call back
standing-confirmed = confirmed by telephone, last {$when}
standing-due = to be confirmed again: last called {$when}

next-waits = It takes effect at {$when}; until then any security contact can object.
next-review = A desk person reviews it.
next-reviewing = A desk person is reviewing it.
next-asked = The sender was asked for what is missing.
next-proposed = Another time is proposed for the meeting; a desk person moves it or declines.
next-two-approve = Two desk people approve it.
next-one-approves = A desk person approves it.
next-missing = {$what}

refusal-signed-out = You are not signed in here, or your session is over.
refusal-sign-in = <strong>To sign in,</strong> <a href="/sign-in">use your passkey</a>, or open the sign-in link that {$vendor}’s trust desk gave you. A link works once; ask the desk for a new one if yours has been used. Afterwards, open this address again.
refusal-home = Go to your page
refusal-plain = This was not taken (status {$status})
refusal-not-found = There is no such thing here, or it is not yours: the two look alike. Check the address, or start from your page.
refusal-for-contacts = This is for security contacts; you are {$you}.
refusal-for-support = This is for support people; you are {$you}.
refusal-for-desk = This is for desk people; you are {$you}.
refusal-for-both = This is for security contacts and desk people; you are {$you}.
refusal-you-administrator = the administrator
refusal-you-desk = a desk person
refusal-you-contact = a security contact
refusal-you-support = a support person
refusal-you-program = an organization’s program
refusal-failed = It could not be read or recorded, so it did not happen; try again in a moment.
refusal-empty = A text is missing: say in a few words what it is.
refusal-too-long = The text has {$length} characters; at most {$most} are taken.
refusal-form = The form did not come from a page of ours, or the page is from an earlier sign-in. Load it again.
refusal-token = Pages are for whoever is signed in, and take no token. Programs have the API under <code>/v1</code>, and enter tools through the gateway.
refusal-body = What was sent is too large, or did not arrive whole.
refusal-method = This address does not take this method.
refusal-unread = The address or the form cannot be read.
refusal-too-many = There are too many requests; the next is taken in {$seconds} s.

link-title = This link does not work
link-why = It has been used already, is older than a day, or was never issued. Each sign-in link works once.
link-signed-in = You are signed in as {$name}.
link-what-now = <strong>What to do:</strong> ask {$vendor}’s trust desk for a new link. If you did not use yours yourself, tell them: somebody else may have.

problem-happened = What happened
problem-remedy = What to do
problem-programs = For programs: status {$status}, type <code>{$type}</code>.

# What scripts say about a key, and about a decision that was not taken.
keys-https = This browser makes signatures on https pages (or localhost) only.
keys-no-signatures = This browser cannot make Ed25519 signatures. Use a newer one, or the command line.
keys-another = This is not the key that is on file for you.
keys-no-key-file = {$file} is not a key file: it begins with byleave-key/v1.
keys-not-done = Not done: {$why}
