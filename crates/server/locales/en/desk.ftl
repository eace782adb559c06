# The trust desk: queue, messages, organizations, letters, tools, freezes and the vendor.
desk-title = Trust desk
desk-places = The desk’s pages
desk-queue = Queue
desk-messages = Messages
desk-organizations = Organizations
desk-letters = Letters
desk-tools = Tools
desk-freezes = Freezes
desk-vendor = Vendor
desk-back = Back
desk-choose = choose one
desk-look = Look at it
desk-no = No
desk-nobody = nobody
desk-nobody-yet = nobody yet
desk-nothing = nothing
desk-name = Name
desk-address = E-mail
desk-phone = Telephone
desk-organization = Organization
desk-contacts = Security contacts
desk-frozen = <strong>Frozen:</strong> {$whom} is kept out.
desk-since = Since {$when}.
desk-everybody = everybody
desk-everybody-of = everybody of {$employer}
desk-requests = Change requests
desk-requests-none = There is none.
desk-request = Request
desk-asks = Asks to
desk-wish-disable = disable support access
desk-wish-enable = enable support access
desk-state-next = State and next step
desk-by = Taken up by
desk-due = Due
desk-due-in = in {$lasting}
desk-overdue = overdue by {$lasting}
desk-over = over
desk-overdue-count = { $number ->
    [one] {$number} request is overdue.
   *[other] {$number} requests are overdue.
  }
desk-filter = Show
desk-filter-show = Show these
desk-filter-open = All that are open
desk-filter-overdue = Overdue
desk-alarm = Letters do not arrive:
desk-alarm-since = did not get one, {$when}.
desk-alarm-call = Call the number on file.
desk-key = Your key
desk-key-for = With it you sign what you approve.
desk-key-none = There is no key of yours in the configuration, so you can prepare but not approve.
desk-messages-waiting = Messages that wait
desk-messages-none = No message waits.
desk-messages-more = { $number ->
    [one] {$number} more waits.
   *[other] {$number} more wait.
  }
desk-messages-all = All messages
desk-messages-lead = They belong to no request yet. Anybody could have written them, whatever they say.
desk-messages-older = {$number} more came before these. They come up as these are dealt with; <code>byleave mail list</code> lists all.
desk-message = A message
desk-message-came = Came in
desk-message-by = By
desk-message-claims = Says it is
desk-message-nothing = nothing
desk-message-came-by = It came by {$way}, {$when}.
desk-message-proven = <strong>Proven:</strong> the security contact’s own mail server signed it. It waits for another reason; a request that is opened from it here counts as unauthenticated all the same.
desk-message-unproven = <strong>Unauthenticated:</strong> anybody could have written it, whatever it says.
desk-message-why = It did not come by mail, so nothing shows who sent it. A person has to look.
desk-message-says = it says “{$name}”
desk-message-open = Open a request from it
desk-message-open-means = Nothing is decided by that. The registered security contact is told, and asked.
desk-message-open-do = Open a request
desk-message-join = Or have it join one that is open
desk-message-join-do = Have it join
desk-choice-disable = {$number}: {$name}, to disable support access
desk-choice-enable = {$number}: {$name}, to enable support access
desk-message-dismiss = Or dismiss it
desk-message-dismiss-open = Dismiss…
desk-message-dismiss-means = It leaves this list for good, and nobody is told. It is kept for as long as evidence is.
desk-message-dismiss-why = Why?
desk-message-dismiss-do = Dismiss this message
desk-way-form = the form on the help page
desk-way-uploaded = uploaded at the desk
desk-way-mail = mail
desk-way-piped = piped in from a mail system
desk-bears = Bears the address of
desk-bears-nobody = nobody on file
desk-items = The three items
desk-has-name = has the customer name
desk-has-confirmation = has the confirmation
desk-has-contact = says whom to contact
desk-take = Take in a message
desk-take-lead = It counts as unauthenticated, whatever it says, and changes nothing by itself.
desk-take-file = As a file, such as a saved mail
desk-take-upload = Upload
desk-take-paste = Or paste it, and open a request at once
desk-take-text = The message
desk-take-in = Take it in
desk-find = Name, contact, address or number
desk-find-go = Find
desk-find-none = Nothing on file has “{$find}”. Look for a part of it.
desk-find-more = { $number ->
    [one] {$number} more fits. Say more of the name.
   *[other] {$number} more fit. Say more of the name.
  }
desk-find-which = Which one is meant? “{$find}” fits:
desk-find-other = Choose another
desk-find-unknown = There is no organization “{$value}”. Go back, look for it by its name, and choose it there.
desk-organizations-none = There is none yet.
desk-access = Support access
desk-waits = Waits
desk-call-first = call {$who} to confirm
desk-call-again = call {$who} again
desk-contact-changes = { $number ->
    [one] {$number} change of contacts
   *[other] {$number} changes of contacts
  }
desk-import = Import organizations
desk-import-open = Import…
desk-import-lead = Many organizations at once, from a file. It is checked first: nothing is created before you have seen what it would create.
desk-import-file = CSV file
desk-import-check = Check the file
desk-import-contacts = They have no security contact at first: nobody’s word counts for them until the administrator names the contact, from the contract.
desk-import-file-title = What the file looks like
desk-import-format = CSV with the columns <code>name</code>, <code>slug</code> and, if need be, <code>domains</code> and <code>notice_addresses</code>, with spaces or semicolons between several. All are created, or none; every line that does not fit is named.
desk-import-command = The administrator does the same on the command line:
desk-import-refused = The file is not taken as it is, and nothing was created. Put these right, and check it again.
desk-import-line = Line
desk-import-there = What is there
desk-import-what = What to do
desk-import-more-faults = { $number ->
    [one] {$number} more is not shown.
   *[other] {$number} more are not shown.
  }
desk-import-too-large = The file has {$bytes} bytes; at most {$most} are taken. Import it in parts.
desk-import-not-text = This is not UTF-8 text. Save the file as UTF-8.
desk-import-values = { $has ->
    [one] There is {$has} value
   *[other] There are {$has} values
  } where the heading has { $wanted ->
    [one] {$wanted} column
   *[other] {$wanted} columns
  }. Put a value that holds a comma in quotation marks.
desk-import-unknown-column = Nobody looks at a column <code>{$column}</code>. Take it out, or name it as below.
desk-import-column-twice = The heading names a column twice. Leave one.
desk-import-no-column = The heading lacks the column <code>{$column}</code>. The file’s first line names the columns.
desk-import-twice = It stands at line {$line} already. Leave one, or give this one another slug.
desk-import-too-many = There are {$lines} lines; at most {$most} are taken. Import them in parts.
desk-import-name = Write the name that people know: 1 to 120 characters, none of them invisible.
desk-import-slug = Write 1 to 30 of a to z and 0 to 9, with single hyphens between them.
desk-import-domain = Write the domain that stands behind the @ of its mail, such as acme.example.
desk-import-address = Write a mail address, such as soc@acme.example.
desk-import-would = { $number ->
    [one] This would create {$number} organization. Nothing is created yet.
   *[other] This would create {$number} organizations. Nothing is created yet.
  }
desk-import-further = { $number ->
    [one] and {$number} more
   *[other] and {$number} more
  }
desk-import-present = { $number ->
    [one] {$number} is there already, and stays as it is.
   *[other] {$number} are there already, and stay as they are.
  }
desk-import-nothing = There is nothing to create.
desk-import-other = Choose another file
desk-import-do = { $number ->
    [one] Create {$number} organization
   *[other] Create {$number} organizations
  }
desk-import-done = { $number ->
    [one] {$number} organization was created
   *[other] {$number} organizations were created
  }
desk-import-col-slug = Slug
desk-import-col-domains = Mail domains
desk-import-col-addresses = Notice addresses
desk-org-log = Entries in its log: {$entries}.
desk-org-checkpoint = Newest checkpoint
desk-key-none-agree = There is no key of yours in the configuration, so you can call but not agree.
desk-contacts-lead = Two desk people call a contact back before the contact is confirmed; one call in 180 days keeps it so. Call the number on file and no other. Faces, voices and what somebody knows prove nothing.
desk-contacts-none = There is none yet. The administrator names the first one, from the contract.
desk-contact-since = on file since {$when}
desk-contact-no-key = no key
desk-contact-them = It is them, with words
desk-contact-wrong = It is not them
desk-changes = Changes of the contacts
desk-changes-none = None so far.
desk-change-announced = Announced {$when} by {$who}.
desk-change-from = Everybody on file was told. Made at {$when} at the earliest.
desk-change-agreed = Agreed:
desk-change-two = it takes two.
desk-change-form = Download the form to sign
desk-change-came-back = It came back, signed
desk-agree-open = Agree…
desk-agree-effect = <strong>{$organization}:</strong> {$what} With two agreements this decides who may decide for the organization.
desk-agree-sign = Sign and agree
desk-change-off-open = Call it off…
desk-change-off-effect = The change for <strong>{$organization}</strong> ends, and everybody on file is told. It would have to be announced anew.
desk-change-off = Call the change off
desk-announce = Announce a change
desk-successor = The last contact has left
desk-successor-lead = Only if nobody on file can be reached. It takes a form that the organization signs, two desk people, and seven days.
desk-successor-do = Announce
desk-public-key = Public key, 64 hex digits (none: can look, not decide)
desk-letters-waiting = { $number ->
    [one] {$number} letter waits.
   *[other] {$number} letters wait.
  }
desk-letters-oldest = The oldest has waited since {$when}.
desk-letters-shown = Shown are the newest, and those that wait or did not arrive.
desk-letters-none = There was none yet.
desk-letters-look = Look at the letters
desk-letter-written = Written
desk-letter-to = To
desk-letter-about = About
desk-letter-state = State
desk-letter-said = What the server said
desk-letter-waiting = waiting
desk-letter-sent = sent
desk-letter-failed = failed
desk-letter-bounced = bounced
desk-letter-tries = { $number ->
    [one] {$number} try
   *[other] {$number} tries
  }
desk-letter-next = , next {$when}
desk-tool = Tool
desk-tools-lead = What support people enter through the gateway, and who keeps organizations apart there.
desk-tools-none = There is none yet.
desk-tools-commands = A new tool takes the admin token and the command line: <code>byleave tool create</code>
desk-application = Application
desk-apart = Organizations are kept apart by
desk-apart-application = the application
desk-apart-gateway = the gateway
desk-apart-nobody = nobody
desk-apart-application-means = It is declared to verify each request’s assertion.
desk-apart-gateway-means = It forces the organization into each request.
desk-apart-nobody-means = Whoever is in can see every organization’s data there. Customers see it as not covered.
desk-tool-reason = A visit says why
desk-tool-case = A visit names a case
desk-always = always
desk-optional = if they like
desk-try = Does it answer without the gateway?
desk-try-lead = It is asked directly, as somebody who goes past the gateway would ask.
desk-try-now = Ask it now
desk-try-from = This is how it looks from where the gateway runs. <code>byleave check</code> asks from where you run it, such as a support person’s computer.
desk-probe = A request
desk-probe-came = Came of it
desk-probe-status = Status
desk-probe-answered = answered
desk-probe-refused = refused
desk-probe-unreachable = not reached
desk-probe-unclear = no answer that can be read
desk-freezes-lead = A freeze keeps people out of every organization at once, whatever each has set. One desk person begins it; two lift it, each with their own key. Every organization sees both.
desk-freezes-none = There was none yet.
desk-keeps-out = Keeps out: {$whom}.
desk-freeze-begun = Begun {$when} by {$who}.
desk-freeze-lifted-at = Lifted {$when}.
desk-freeze-in-force = In force
desk-freeze-lifted = Lifted
desk-freeze-begin = Begin one
desk-freeze-whom = Keep out
desk-freeze-why = Why? Every organization reads this
desk-freeze-on = Go on…
desk-freeze-nothing-yet = Nothing happens yet.
desk-freeze-ask = Keep out {$whom}?
desk-freeze-effect = This takes effect at once:
desk-freeze-organizations = { $number ->
    [one] in <strong>{$number} organization</strong>
   *[other] in <strong>{$number} organizations</strong>
  }
desk-freeze-people = { $number ->
    [one] <strong>{$number} support person or service</strong> cannot enter
   *[other] <strong>{$number} support people and services</strong> cannot enter
  }
desk-freeze-visits = { $number ->
    [one] <strong>{$number} open visit</strong> is cut off
   *[other] <strong>{$number} open visits</strong> are cut off
  }
desk-freeze-read = Every organization reads:
desk-freeze-two = It takes two desk people, each with their own key, to lift it.
desk-freeze-do = Keep out {$whom}, now
desk-freeze-now = Keeps out {$whom}
desk-freeze-then = Kept out {$whom}
desk-receipt = Receipt
desk-receipt-nobody = Nobody whom it keeps out is inside, and none can enter.
desk-receipt-reset = { $number ->
    [one] {$number} connection reset at the gateway
   *[other] {$number} connections reset at the gateway
  }
desk-receipt-visits = { $number ->
    [one] {$number} visit ended
   *[other] {$number} visits ended
  }
desk-receipt-told = Logs that tell of it: {$told} of {$all}.
desk-receipt-rest = The rest follow by themselves.
desk-lifters = Signed to lift it:
desk-lift-takes = it takes {$number}.
desk-lift = Lift it
desk-lift-open = Lift it…
desk-lift-effect = With two signatures {$whom} can enter again. Each organization’s setting then holds as before: who has disabled support access stays disabled.
desk-lift-sign = Sign to lift it
desk-lift-signed = You have signed. It takes another desk person now.
desk-lift-no-key = There is no key of yours in the configuration, so you cannot lift it.
desk-signed-text = This is what you sign:
desk-needs-script = Signing here needs a script. Or use the command line:
desk-link = Sign-in links
desk-link-lead = A link signs its person in once. It is shown here once, for you to hand over.
desk-link-whom = For
desk-link-find = Name, mail address, organization or employer
desk-link-make = Make a link
desk-link-for = Sign-in link for {$who}
desk-link-is = It works once, within 24 hours. Hand it over in person or by a channel that is theirs alone: whoever opens it first is signed in.
desk-secret-once = It is shown this once.
desk-tokens = Command line
desk-tokens-lead = Your own tokens, with which the command line speaks for you.
desk-token-make = Make a token for yourself
desk-token-yours = Your token for the command line
desk-token-is = Put it into BYLEAVE_TOKEN. It works for 90 days and speaks for you.
desk-holder-contact = Security contact
desk-holder-support = Support person
desk-holder-service = Support service
desk-holder-desk = Desk person
desk-people = Desk people
desk-people-lead = They stand in the configuration, with the keys that they approve with.
desk-approves = Approves
desk-approves-yes = with a key
desk-approves-no = no key: prepares only
desk-not-configured = not in the configuration any more
desk-support-people = Support people and services
desk-employer = Employer
desk-service = a service
desk-support-more = { $number ->
    [one] {$number} more is not listed.
   *[other] {$number} more are not listed.
  }
desk-support-register = Register a support person…
desk-support-register-lead = Whoever signs in by the vendor’s sign-in service is registered as they first do. Everybody else is registered here, and signs in by a link.
desk-support-register-do = Register
desk-support-commands = Services are created with the admin token: <code>byleave support-person create --service</code>. A desk person erases either: <code>byleave support-person erase</code>
desk-process = The process
desk-process-profile = Profile <code>{$profile}</code>, fixed for a request when it comes in.
desk-process-second = Whoever prepared a request does not approve it: a second desk person does.
desk-process-one = One desk person approves a request to disable, and may have prepared it.
desk-process-two = Enabling without the contact’s own signature takes two desk people.
desk-process-wait = An approved enabling takes effect after {$wait}; until then any security contact can object.
desk-process-no-wait = An approved enabling takes effect at once.
desk-process-number = A number that is not from the contract is called only once it has been on file for {$age}.
desk-process-any-number = A new number may be called at once.
desk-process-hours = Meetings: {$hours}
desk-points = Enforcement
desk-points-lead = There is one enforcement point: the gateway within this process. It cuts connections as a disable is committed, and lets nobody in whom the log cannot record.
desk-point-gateway = Gateway
desk-point-writer = Writing to the logs
desk-point-ends = Ends of requests
desk-point-disk = Room on the disk
desk-point-clock = Clock
desk-point-mail = Mail that comes in
desk-point-well = as it should be
desk-point-unwell = Not as it should be:
desk-logs = Logs
desk-logs-count = Logs: {$logs}, with {$entries} entries together.
desk-logs-where = Size and newest checkpoint of each stand on its organization’s page.
desk-log-broken = Nothing can be added to the log of {$organization}:
desk-log-closed = Nobody enters {$organization}: its stored setting is not the one that its log proves.
desk-witnesses = Witnesses: none. Nobody beside the organizations themselves keeps checkpoints yet.
desk-mail = Mail that goes out
desk-mail-from = Letters come from <code>{$from}</code>.
desk-mail-nobody = Nobody writes letters here: no sender is configured.
desk-risks = Accepted risks
desk-risks-lead = Whoever runs Byleave here has accepted these by name.
desk-risks-none = None.

desk-doubt-short = A visit that is not recognised
desk-doubt-title = {$organization} does not recognise a visit
desk-doubt-by = Says so
desk-doubt-read = Read what they wrote
desk-doubt-who = Who came in
desk-doubt-tool = Tool
desk-doubt-why = Why
desk-doubt-no-reason = no reason given
desk-doubt-case = Case
desk-doubt-no-case = none
desk-doubt-since = Since
desk-doubt-until = Until
desk-doubt-inside = inside now
desk-doubt-requests = Requests
desk-doubt-answered = Answered by {$who}, {$when}.
desk-doubt-read-answer = Read the answer
desk-doubt-due = The answer is due {$when}.
desk-doubt-was-due = Overdue: the answer was due {$when}.
desk-doubt-told = Every security contact gets it, by mail too.
desk-doubt-text = Your answer
desk-doubt-answer = Answer
desk-doubt-back = Back
desk-doubt-waits = <strong>Not recognised:</strong> {$organization} does not recognise a visit, says {$who}, {$when}.
desk-doubt-look = Look at it
