# Passkeys: registered by link, used to sign in and to sign the acknowledgement form, listed and removed.
passkeys-elsewhere = Passkeys work at <a href="{$origin}">{$origin}</a> alone; open this page there.
passkeys-no-name = Passkeys need an https address with a name, which this server does not have.
passkeys-script = Passkeys need a script.
passkeys-not-used = Nothing was done: no passkey was used, or it took too long.
passkeys-known = This device has a passkey for this page already.
passkeys-unable = This browser has no passkeys here.
passkeys-failed = Nothing was done: <span lang="en">{$why}</span>
passkeys-call-it = What to call it, such as the device that it is on
passkeys-register = Register
passkeys-back = Back

sign-in-title = Sign in
sign-in-lead = For security contacts, and for {$vendor}’s desk. Your browser asks which passkey; nothing else is asked.
sign-in-passkey = Sign in with a passkey
sign-in-without = Without a passkey
sign-in-link = Open the sign-in link that {$vendor}’s trust desk gave you. A link works once; ask the desk for a new one if yours has been used.

enrol-title = Register a passkey
enrol-for = Register a passkey for {$person}
enrol-not-you = If you are not {$person}, close this page, and tell {$vendor}’s trust desk that their link reached you.
enrol-what-for = With the passkey you sign in. A security contact also signs the acknowledgement forms of requests that are opened from now on. It stays on your device or with its provider; {$vendor} keeps its public half alone.
enrol-done = Passkey registered
enrol-done-name = The passkey “{$name}” is registered
enrol-told = Nobody is signed in by this. An organization’s security contacts are all told of it.
enrol-sign-in = Sign in with it

passkeys-title = Passkeys
passkeys-lead = With a passkey you sign in. A security contact also signs acknowledgement forms with it: of requests that were opened after it was registered. Once your own key says so, you decide with it.
passkeys-yours = Yours
passkeys-none = None.
passkeys-have-two = Have a second one, on another device: with one alone, a lost device takes the way through the trust desk.
passkeys-first = The trust desk hands you a link with which you register the first one.
passkeys-enough = There are {$number} already; remove one to add another.
passkeys-add = Add another one
passkeys-vouch = One that you have has to vouch for it.
passkeys-another = Another passkey
passkeys-make = You have shown that it is you. Now make the new one, on the device that it is to be on.
passkeys-column = Passkey
passkeys-registered = Registered
passkeys-kept = Is kept
passkeys-used = Last used
passkeys-act = What to do
passkeys-remove = Remove
passkeys-by-link = {$at}, by a link from the desk
passkeys-by-passkey = {$at}, with the help of another one
passkeys-one-device = on one device
passkeys-may-be-copied = may be copied by its provider
passkeys-copied = copied by its provider
passkeys-used-at = {$at}
passkeys-never = never

sign-form-title = Sign the acknowledgement form of {$number}
sign-form-read = Read the form first. Your passkey’s own window does not show it: what you sign is the line below, which names the form by the SHA-256 of its bytes.
sign-form-download = Download the form
sign-form-sha256 = Its SHA-256:
sign-form-what = What you sign
sign-form-sign = Sign with a passkey
sign-form-within = Within five minutes. It returns the form, and decides nothing by itself.
sign-form-script = Passkeys need a script. Without one, return the form as a file.
sign-form-here = Sign it with a passkey
sign-form-none = A <a href="/passkeys">passkey</a> signs the forms of requests that are opened after it was registered; none of yours signs this one here.

enrol-link-for = Passkey link for {$who}
enrol-link-is = It works once, within 24 hours, and a newer one takes its place. Hand it over in person, or to a number on file that you have called: whoever opens it first has a passkey of theirs. All of an organization’s security contacts are told.
enrol-link-make = Make a passkey link
enrol-link-what-for = With a passkey link a security contact, or another desk person, registers a passkey. <a href="/passkeys">Your own passkeys</a>
enrol-link-make-for = Make a passkey link for {$who}
enrol-none-yet = No passkey.

# Deciding with a passkey.
passkeys-decide = Decide with a passkey
passkeys-decide-lead = Your own key signs once that a passkey signs in its place. From then on the browser asks for the passkey each time you decide, and the key file can stay where it is safe. Nobody can do this for you, whoever made the link for the passkey.
passkeys-decide-no-key = A passkey decides in the place of your own key, and there is none of yours on file.
passkeys-decides = {$name} signs in your key’s place.
passkeys-decide-open = Have {$name} sign in your key’s place
passkeys-decide-sign = Sign with my key
key-ready = Your key is ready in this browser.
key-remove = Remove it from this browser
key-choose = To sign here, choose your key file (made by <code>byleave keygen</code>). It stays in this browser.
key-passkey = You sign with a passkey. The browser asks for it each time.
key-instead = Sign with the key itself
key-passkey-instead = Sign with a passkey

# The passkey that a desk person is asked for before they decide.
step-up-title = Show that it is you
step-up-decides = What you have sent decides something. It is done as soon as your passkey has answered. Nothing is done yet, and nothing is lost.
step-up-file = Nothing was done, and the file was not kept. Show with your passkey that it is you; then <strong>choose the file again</strong>.
step-up-first = Before you decide something, show with your passkey that it is you.
step-up-not-taken = Nothing was done: what the passkey answered was not taken. The page was open for more than five minutes, another page of yours has asked since, or it is not one of your passkeys. Try again.
step-up-held = What you have written is kept:
step-up-do = Use my passkey
step-up-do-and = Use my passkey, and do it
step-up-no = Back, without doing it
step-up-then = After that you decide in this browser for ten minutes without being asked. Looking at something never asks.
step-up-script = A passkey needs a script, and this browser runs none here. Nothing was done. Let scripts run on this page and send it again, or decide at a prompt, where a token of yours stands in place of the passkey: <code>byleave --help</code> names the commands.
step-up-nudge = Until you have a passkey, whoever takes over your session decides in your name. Another desk person makes you a link for it, under Vendor. <a href="/passkeys">Passkeys</a>
step-up-asked = You are looking. Your passkey is asked for before you decide something. <a href="/desk/step-up">Show it now</a>
step-up-until = Your passkey has answered: you decide in this browser until {$when}.
step-up-file-first = Your passkey is asked for before the file is taken in, and the file has to be chosen again then. <a href="/desk/step-up">Show it first</a>
step-up-none = You have no passkey that counts any more, so nothing is decided in your name here. Another desk person makes you a link for a new one, under Vendor; it counts 24 hours after you have registered it.
step-up-waits = Your passkey was registered with a link and counts from {$when} on, so that nobody becomes you with a link alone. Until then nothing is decided in your name here.
desk-passkey-waits = A passkey for {$who} was registered with a link: “{$name}”. It decides in their name from {$when} on. If {$who} knows nothing of it, remove it.
