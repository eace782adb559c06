# The page that checks a log in the visitor’s browser.
verify-title = Check your log
verify-lead = Every visit to {$name}, every refused attempt and every change of the setting is an entry in your organization’s own log. Here your browser reads the whole log, and works out by itself whether anything in it was changed or taken away.
verify-not-yet = Not checked yet.
verify-script = The checking takes a script. Where none runs, the command at the end of this page does the same and more.
verify-checks = What is checked
verify-signature = <strong>Signed.</strong> The log’s newest state is signed with your log’s own key.
verify-entries = <strong>Complete and unchanged.</strong> Every entry is there, in its place, and all of them together are what was signed.
verify-rules = <strong>Possible.</strong> The entries tell what may happen: nobody enters while support access is disabled or everybody is kept out, each request of a visit ends once, and nothing is enabled without a request and its approvals.
verify-earlier = <strong>Continued.</strong>
verify-earlier-means = The log still has everything that this browser saw when you last looked.
verify-told = What the log tells
verify-again = Check again
verify-not-shown = What this does not show
verify-not-recorded = An access that was never recorded leaves no entry.
verify-not-true = Whether what was recorded is what happened. No log can say that.
verify-not-who = Who came and why: names and reasons stand beside the log, not in it. With your organization file the command checks those, too.
verify-not-seen = What you have not seen: on your first look a log whose end was cut off passes for a younger one. Look again from time to time, in the same browser, or save the checkpoint as below.
verify-not-page = This page itself comes from the vendor. If you do not want to rely on that, use the command.
verify-own = The same on your own computer
verify-own-means = It is another program than this page, written apart from it. The part after <code>--vkey</code> is your log’s key: compare it with the one that you were given when your organization was set up.

# What the page’s script says while it checks, and after.
verify-checking = Checking…
verify-reads = Your browser reads the log.
verify-read = {$checked} of {$entries} read
verify-first-look = This browser looks for the first time. What it found is kept here, and the next look has to go on from it.
verify-sound = ✓ Nothing is missing, and nothing was changed.
verify-sound-means = Your browser read all {$entries} and worked out that they are what was signed.
verify-not-kept = This browser keeps nothing, so that the next look cannot go on from this one. Save the checkpoint instead.
verify-other-log = This browser has checked another log before ({$logs}). If that was your organization’s, ask the vendor why it is not the same.
verify-unsound = ✕ This log is not in order.
verify-alarm = Do not delete this browser’s data. Run the command below on your own computer, and ask the vendor’s desk by telephone what happened.
verify-evidence = What to keep, and to show whoever looks into it
verify-evidence-now = Now:
verify-unchecked = It could not be checked.
verify-unchecked-means = That says nothing about your log. Try again, or use the command below.
verify-no-log = There is no such log for you; are you still signed in?
verify-answered = The server answered {$status}.
verify-count-entries = { $form ->
    [one] {$count} entry
   *[other] {$count} entries
}
verify-count-visits = { $form ->
    [one] {$count} visit
   *[other] {$count} visits
}
verify-count-people = { $form ->
    [one] {$count} person
   *[other] {$count} people
}
verify-count-requests = { $form ->
    [one] {$count} request
   *[other] {$count} requests
}

# Figures: names, and what is said of them.
verify-row-entries = Entries
verify-row-visits = Visits
verify-row-refused = Refused
verify-row-setting = Support access
verify-row-tokens = Tokens
verify-row-calls = Call-backs
verify-row-freeze = Freeze
verify-row-since = Since you last looked
verify-row-signer = Signed by
verify-told-between = {$entries}, from {$first} to {$last}
verify-told-no-visit = none so far
verify-told-visits = {$visits} by {$people}, with {$requests}
verify-told-open = { $form ->
    [one] {$count} visit is not over
   *[other] {$count} visits are not over
}
verify-told-attempts = { $form ->
    [one] {$count} attempt
   *[other] {$count} attempts
}
verify-told-nothing = nothing
verify-told-no-change = enabled from the beginning; nobody has changed it
verify-told-changes = { $form ->
    [one] {$count} change:
   *[other] {$count} changes:
}
verify-told-last-changes = {$count} changes, the last of them:
verify-told-enabled = enabled {$when} (entry {$entry})
verify-told-disabled = disabled {$when} (entry {$entry})
verify-told-tokens = {$made} made, {$revoked} revoked
verify-told-calls = {$heard} with words, {$without} without
verify-told-frozen = the vendor keeps everybody out since {$when}
verify-told-first-look = this browser looked for the first time
verify-told-since = {$when} there were {$entries}; {$added}
verify-told-nothing-added = nothing was added
verify-told-added = { $form ->
    [one] {$count} was added
   *[other] {$count} were added
}

# The picture.
verify-picture-waiting = The log’s entries, not checked yet
verify-picture-signed = What was signed
verify-picture-entry = Entry {$entry}
verify-picture-entries = Entries {$first} to {$last}
verify-picture-sound = { $form ->
    [one] The {$count} entry was checked, and is what was signed
   *[other] All {$count} entries were checked, and are what was signed
}
verify-picture-unsound = Not in order: {$why}
verify-picture-kept = here when you last looked: {$count}
verify-picture-box = { $form ->
    [one] Each box is an entry.
   *[other] Each box is {$count} entries, and shows the most important of them.
}
verify-picture-above = Above them is what your browser worked out from them, up to the one thing that is signed.
verify-picture-setting = a change of the setting
verify-picture-refused = a refused attempt
verify-picture-visit = somebody was inside
verify-picture-other = anything else, such as steps of requests

# What an entry refers to.
verify-thing-visit = visit
verify-thing-request = change request
verify-thing-change = change of the security contacts
verify-thing-freeze = freeze
verify-thing-token = token
verify-thing-doubt = doubt
verify-thing-passkey = passkey

# Why it could not be looked at.
verify-fault-unreadable = The file <code>{$path}</code> cannot be read. {$why}
verify-fault-too-many = The log has {$size} entries; a browser checks at most {$most}, the command checks them all.
verify-fault-browser-too-old = This browser cannot check signatures of the log’s kind (Ed25519).
verify-fault-browser-not-secure = Browsers check signatures only on pages that were loaded over https.
verify-fault-no-key = The log’s key is not a verifier key.
verify-fault-broke-off = The checking broke off: <span lang="en">{$why}</span>

# What is wrong with the log’s files.
verify-checkpoint-now = The checkpoint
verify-checkpoint-earlier = The checkpoint kept from earlier
verify-fault-server-another-key = The server names another key for your log than on {$when}.
verify-fault-server-another-log = What the server gave out as your log, <code>{$wanted}</code>, is signed as another, <code>{$found}</code>.
verify-fault-missing = The file <code>{$path}</code> is missing.
verify-fault-file-too-long = The file <code>{$path}</code> is longer than any can be.
verify-fault-ends-within = The file <code>{$path}</code> ends within its entry at position {$position}.
verify-fault-ends-late = The file <code>{$path}</code> goes on after its last entry.
verify-fault-file-length = The file <code>{$path}</code> has {$bytes} bytes, not {$wanted}.
verify-fault-unfit = Entry {$entry} does not fit what stands for it in <code>{$path}</code>: one of the two was changed.
verify-fault-file-unfit = <code>{$file}</code> does not fit what stands for it in <code>{$path}</code>: one of the two was changed.
verify-fault-not-signed = The entries are not those that the checkpoint signs.
verify-fault-older = The log has {$size} entries, but it had {$before} before: this is an older copy, or entries were taken away.
verify-fault-rewritten = The first {$before} entries are not those that the checkpoint kept from earlier signs: the log was rewritten.
verify-fault-empty = The log has no entries, not even the one that opens it.
verify-fault-no-note = {$checkpoint} is not a signed note.
verify-fault-changed-note = {$checkpoint} was changed after it was signed: the signature does not fit.
verify-fault-another-key = {$checkpoint} is not signed by the key of <code>{$name}</code>.
verify-fault-another-log = {$checkpoint} is of another log, <code>{$name}</code>.
verify-fault-not-three-lines = {$checkpoint} does not have the three lines of one.

# What is wrong with an entry.
verify-fault-too-long = Entry {$entry} is longer than {$most} bytes.
verify-fault-not-an-entry = Entry {$entry} is not written as an entry is: it cannot be read, or in more than one way.
verify-fault-version = Entry {$entry} is of version {$version}, and only 1 is known.
verify-fault-kind = Entry {$entry} is of a kind that is not known.
verify-fault-not-opened = Entry {$entry} is the first, but no <code>log.open</code>.
verify-fault-opened-again = Entry {$entry} is a second <code>log.open</code>.
verify-fault-no-such-time = Entry {$entry} has a time that no calendar has.
verify-fault-time-goes-back = Entry {$entry} is earlier than the entry before it.
verify-fault-same-id = Entry {$entry} has the same id as entry {$other}.
verify-fault-epoch = Entry {$entry} belongs to change {$epoch} of the setting, but stands after change {$after}.
verify-fault-ends-nothing = Entry {$entry} is <code>{$kind}</code>, which ends no requests, but it does.
verify-fault-refers-not = Entry {$entry} is <code>{$kind}</code>, but does not say which {$thing} it is about.
verify-fault-refers-all-the-same = Entry {$entry} is <code>{$kind}</code>, which refers to no entry, but it refers to entry {$other}.
verify-fault-refers-to-another = Entry {$entry} refers to entry {$other}, which is no {$thing}.
verify-fault-another-person = Entry {$entry} is a request under the visit of entry {$visit}, but by somebody else.
verify-fault-visit-before-change = Entry {$entry} is a request under the visit of entry {$visit}, which began before support access changed.
verify-fault-visit-before-freeze = Entry {$entry} is a request under the visit of entry {$visit}, which began before everybody was kept out.
verify-fault-visit-over = Entry {$entry} refers to the visit of entry {$visit}, which is over.
verify-fault-ends-another = Entry {$entry} ends entry {$other}, which is no open request of the visit of entry {$visit}.
verify-fault-closes-too-early = Entry {$entry} closes the visit of entry {$visit}, whose request of entry {$other} has not ended.
verify-fault-while-disabled = Entry {$entry} is <code>{$kind}</code>, but support access was disabled by entry {$other}.
verify-fault-while-frozen = Entry {$entry} is <code>{$kind}</code>, but everybody is kept out since entry {$other}.
verify-fault-disabled-already = Entry {$entry} disables support access, which is disabled already.
verify-fault-enabled-already = Entry {$entry} enables support access, which is enabled already.
verify-fault-used-before = Entry {$entry} enables support access for the change request of entry {$request}, which was used before.
verify-fault-too-few-approved = Entry {$entry} enables support access for the change request of entry {$request}, which {$people} people approved, not {$wanted}.
verify-fault-nothing-to-confirm = Entry {$entry} confirms a disable, but there is none to confirm.
verify-fault-without-review = Entry {$entry} rests on the change request of entry {$request}, which has no review yet.
verify-fault-without-call-back = Entry {$entry} rests on the change request of entry {$request}, which has no signature or call-back yet.
verify-fault-without-form = Entry {$entry} rests on the change request of entry {$request}, which has no form yet.
verify-fault-without-returned-form = Entry {$entry} rests on the change request of entry {$request}, which has no returned form yet.
verify-fault-without-second-finding = Entry {$entry} rests on the change request of entry {$request}, which has no second finding yet.
verify-fault-without-approval = Entry {$entry} rests on the change request of entry {$request}, which has no approval yet.
verify-fault-without-change = Entry {$entry} rests on the change request of entry {$request}, which has no change of the setting yet.
verify-fault-announced-too-early = Entry {$entry} announces the change request of entry {$request}, which was not processed.
verify-fault-announced-again = Entry {$entry} announces the change request of entry {$request} a second time.
verify-fault-approved-again = Entry {$entry} approves the change request of entry {$request} a second time, by the same person.
verify-fault-goes-on = Entry {$entry} goes on with the {$thing} of entry {$other}, which is over.
verify-fault-too-few-agreed = Entry {$entry} makes the change of the security contacts of entry {$change}, to which {$people} people agreed, not 2.
verify-fault-lift-wanted-again = Entry {$entry} wants the freeze of entry {$freeze} lifted a second time, by the same person.
verify-fault-too-few-lift = Entry {$entry} lifts the freeze of entry {$freeze}, which {$people} people wanted, not 2.
verify-fault-revoked-again = Entry {$entry} revokes the token of entry {$token} a second time.
verify-fault-answered-again = Entry {$entry} answers the doubt of entry {$doubt} a second time.
verify-fault-removed-again = Entry {$entry} removes the passkey of entry {$passkey} a second time.
