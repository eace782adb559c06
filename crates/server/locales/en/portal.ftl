# The customer portal: overview, history, a visit, requests.
portal-places = Parts of the portal
portal-overview = Overview
portal-history = History
portal-requests = Requests
portal-contacts = Security contacts
portal-verify = Verify

portal-setting = Support access:
portal-frozen = At present nobody can enter, whatever is set: <a href="#freezes">the vendor keeps everybody out</a>.
portal-in-force = In force since
portal-decided-by = Decided by
portal-decided-nobody = nobody yet: it is so from the beginning, until a security contact decides otherwise
portal-decided-contact = {$contact}, security contact
portal-decided-request = your organization, by a request
portal-signed = Signed by
portal-signed-contact = {$contact}, with { $way ->
    [passkey] a passkey
   *[key] their own key
 }
portal-signed-both = {$contact}, with { $way ->
    [passkey] a passkey
   *[key] their own key
 }; {$people} of the vendor’s desk agreed, signed
portal-signed-desk = {$people} of the vendor’s desk, each with a key of their own
portal-called = Call-back
portal-place = Where it stands
portal-entry = entry {$entry} of your log

portal-receipt = Receipt
portal-receipt-means = It is in force: nobody is inside, and nobody can enter.
portal-receipt-point = At the {$point}: { $count ->
    [one] {$count} connection
   *[other] {$count} connections
  } reset, and nobody is let in
portal-receipt-entry = Number {$entry} in your log
portal-receipt-waits = on its way into your log
portal-checkpoint = The checkpoint
portal-checkpoint-save = Save the checkpoint
portal-checkpoint-keep = Keep it: a later log must contain it, or somebody has changed it.

portal-disable = Disable…
portal-impact = What this does
portal-impact-cut = <strong data-count="">{$visits}</strong> will be cut off at once, and nobody can enter.
portal-impact-no-cases = No case is being worked on inside.
portal-impact-cases = Cases that are being worked on inside: <strong data-cases="">{$cases}</strong>. Support can go on with what you send them, and not look for themselves.
portal-impact-form = Read what the form says: <a href="/acknowledgement-form.pdf">what disabling means</a>. Help takes longer, and some faults cannot be found without looking.
portal-impact-after = It is provisional until the form and the meeting confirm it, and never lapses by itself. To enable it again you sign once more, and the vendor’s desk must agree.
portal-you-sign = This is what you sign:
portal-disable-sign = Sign and disable
portal-disable-progress = Signed and sent. The {$point} cuts off whoever is inside, and confirms it…
portal-enable = Ask to enable…
portal-enable-means = Nothing changes yet: the vendor’s desk reviews your request first. Your signature stands in place of the call-back. Once the desk has approved, support people may enter again.
portal-enable-sign = Sign and ask
portal-enable-progress = Signed and sent…

portal-no-key = There is no key of yours on file, so nothing is decided here with one click. <a href="/portal/requests">Ask for it</a>: the vendor’s desk reviews the request, and you sign the form, with a passkey if you have one. Or have the desk add a key of yours.
portal-no-script = Deciding here needs a script: the signature is made in your browser, so that your key never leaves it. Or use the command line:

portal-contacts-change = A change of your security contacts is announced. <a href="/portal/contacts">Look at it</a>, and object if it is not to happen.

portal-inside = Who is inside right now
portal-open-visits = { $count ->
    [one] {$count} open visit
   *[other] {$count} open visits
  }
portal-inside-count = {$visits}, { $people ->
    [one] {$people} person
   *[other] {$people} people
  }.
portal-nobody = Nobody is inside.
portal-who = Who
portal-tool = Tool
portal-why = Why
portal-case-number = Case
portal-case = case {$case}
portal-no-reason = no reason given
portal-no-case = none
portal-since = Since
portal-until = Until
portal-lasting = How long
portal-newest = Newest requests
portal-request-number = Requests
portal-request-count = { $count ->
    [one] {$count} request
   *[other] {$count} requests
  }
portal-not-covered = not covered
portal-inside-now = inside now
portal-stale = Not up to date: the connection is lost, or you are signed out. Load the page again.

portal-lately = Visits so far
portal-nobody-yet = Nobody has entered yet.
portal-history-all = All visits, drawn and listed
portal-person-erased = a person who is erased
portal-former-contact = a former security contact
portal-erased = erased

portal-freezes = Freezes
portal-freezes-mean = The vendor’s desk can keep people out of every organization at once, beside your own setting. Two people at the desk can lift that; it enables nothing that you have disabled.
portal-freeze-since = Since {$when} {$whom} is kept out
portal-freeze-past = Kept out: {$whom}
portal-freeze-why = by a person at the vendor’s desk: {$reason}
portal-freeze-begun = Begun {$when},
portal-freeze-lifted = Lifted {$when} by two people at the vendor’s desk.
freeze-everybody = everybody
freeze-employer = everybody of {$employer}

portal-tools = Tools
portal-tools-mean = What you decide here holds for the tools that are covered.
portal-tool-not-covered = <strong>not covered by this boundary</strong>: it does not keep organizations apart, so whoever enters it for somebody else may see your data there

portal-tokens = Tokens of your programs
portal-tokens-mean = Whoever has one of them acts as your organization’s programs, for what it is for. Revoke what you do not know or no longer need; it opens nothing from then on.

portal-check = Check it yourselves
portal-check-here = Everything above is also in your organization’s own log. <a href="/portal/verify">Check here, in your own browser</a>, that nothing in it is missing or changed. This command does it on your own computer:
portal-check-checkpoint = <a href="/portal/checkpoint" download="">Save the newest checkpoint</a> and give it to the command later with <code>--checkpoint FILE</code>: a log that has lost or changed anything since then fails.

portal-wish-disable = Disable support access
portal-wish-enable = Enable support access

history-from = From
history-until = Until
history-person = Who
history-everybody = Everybody
history-every-tool = Every tool
history-words = Words in name, reason or case
history-show = Show
history-reset = Reset
history-period = {$first} to {$last}
history-other-periods = Other periods
history-earlier = Earlier
history-later = Later
history-day = Day
history-week = Week
history-quarter = Quarter
history-empty = Nobody entered in this time, or nobody who fits.
history-utc = By when visits began. Days begin and end at midnight UTC.
history-visits = Visits
history-none = None.
history-next = Earlier visits
history-export = All visits of this period that fit, at most 10,000 in one file.
timeline-title = Visits from {$first} to {$last}
timeline-desc = A line for each person in each tool; a bar for each visit, from when it began to when it ended. The table below says the same.
timeline-bar = {$person} in {$tool}, since {$since}, for {$lasting}
timeline-bar-open = {$person} in {$tool}, since {$since}, for {$lasting} so far, inside now
timeline-cut = { $count ->
    [one] {$count} visit began before this period: its bar begins at the edge, and the table of the earlier period has it.
   *[other] {$count} visits began before this period: their bars begin at the edge, and the table of the earlier period has them.
  }
timeline-left-out = { $count ->
    [one] {$count} more line is not drawn.
   *[other] {$count} more lines are not drawn.
  } The table has all.
timeline-in-part = Only the newest visits of this period are drawn. The table has all.

portal-visit-title = Visit of {$person}
portal-visit-assets = { $count ->
    [one] and {$count} for a file that holds no data of yours
   *[other] and {$count} for files that hold no data of yours
  }
portal-visit-sent = Data sent
portal-visit-proof = Decision and proof
portal-visit-decision = Let in because
portal-visit-let-in-first = support access was enabled from the beginning, and nobody had decided otherwise
portal-visit-let-in = support access was enabled by the decision with number {$number}
portal-visit-entry = begins with entry {$entry} of your log
portal-visit-number = The visit’s number
portal-visit-check = This checks the whole log, and that no visit began while nobody was to enter:
portal-visit-opened = What was opened
portal-visit-nothing = Nothing was opened.
portal-visit-when = When
portal-visit-method = Method
portal-visit-address = Address inside the tool
portal-visit-outcome = Outcome
portal-visit-bytes = Sent
portal-visit-place = Entry
portal-visit-cut-short = Only the first are shown; all are in your log.
portal-visit-request-under-way = under way
portal-visit-request-status = {$status}
portal-visit-request-and = {$status}, {$how}
portal-visit-request-no-answer = no answer
portal-visit-request-left = left before the end
portal-visit-request-broke-off = the tool broke off
portal-visit-request-cut = cut off
portal-visit-request-not-forwarded = not forwarded
portal-visit-request-lost = the gateway was lost
portal-visit-request-otherwise = ended otherwise

requests-lead = To disable or enable support access, a request takes these steps. Nothing changes by a message alone.
requests-none = Nothing has been requested so far.
requests-request = Request
requests-wish = Asks to
requests-state = State
requests-next = Next
requests-over = Nothing: it is over.
requests-in-part = The newest {$shown} of {$all}.
requests-ask = Ask without a key
requests-ask-lead = A message changes nothing by itself: the desk reviews it.
requests-ask-what = What do you ask for?
requests-ask-text = Confirm it in your own words, and say whom to contact
requests-ask-send = Send

portal-stop = Stop
portal-stop-whom = Stop the visit of {$person}
portal-stop-all = Stop all
portal-stop-means = Who is stopped may come back; to keep them out, <a href="#setting">disable support access</a>.
portal-stop-this = Stop this visit
portal-stop-this-means = At once. Your setting stays as it is, so they may come back; to keep them out, <a href="/portal#setting">disable support access</a>.
stopped-title = Stopped
stopped-nothing = Nothing was open
stopped-nothing-means = There was no open visit to stop.
stopped-means = { $visits ->
    [one] {$visits} visit
   *[other] {$visits} visits
  } ended, { $reset ->
    [one] {$reset} connection
   *[other] {$reset} connections
  } reset. Your log says that it was you.
stopped-may-return = Your setting is what it was: the same people may open a new visit. To keep them out, <a href="/portal#setting">disable support access</a>.
stopped-disabled = Support access is disabled: nobody can open a new visit.

portal-request = Request {$number}
portal-request-confirmed = In force since <strong>{$when}</strong>, at every enforcement point; {$reset} reset. It is entry {$entry} of your organization’s log.
portal-request-receipt = Receipt: the log’s checkpoint at that moment
portal-form = Acknowledgement form
portal-form-download = Download the form
portal-form-return = Return it, signed: PDF, PNG or JPEG
portal-meeting = Meeting
portal-meeting-at = {$start}, 30 minutes.
portal-meeting-invitation = Invitation for your calendar
portal-meeting-answers = What a calendar answers schedules the meeting, and agrees to nothing else.
portal-meeting-other = Another time
portal-meeting-move = Move
portal-withdraw-title = Not what you want?
portal-withdraw = Withdraw, or object
portal-withdraw-means = The request ends; the setting stays as it is.

tokens-token = Token
tokens-scopes = Is for
tokens-until = Works until
tokens-used = Last used
tokens-revoke = Revoke
tokens-unnamed = without a name
tokens-never = never

doubt-waits = not recognised: the desk answers by {$when}
doubt-answered = not recognised: answered {$when}
doubt-former-desk = a former desk person
doubt-program = a program of the organization
doubt-raised = {$who} does not recognise this visit, since {$when}.
doubt-written = What they wrote
doubt-answer = Answered by {$who} at the vendor’s desk, {$when}:
doubt-read = read the answer
doubt-due = The vendor’s desk answers by {$when}.
doubt-raise = I don’t recognise this access…
doubt-means = All your security contacts are told, and the vendor’s desk has a day to answer. It changes no setting by itself: to act at once, <a href="/portal#setting">disable support access</a>.
doubt-means-open = All your security contacts are told, and the vendor’s desk has a day to answer. It changes no setting by itself: to act at once, stop the visit, or <a href="/portal#setting">disable support access</a>.
doubt-text = What seems wrong (you may leave it empty)
