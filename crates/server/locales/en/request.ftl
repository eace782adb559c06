# A change request as both sides see it: the path it takes, and everything that has happened.
request-next = <strong>Next:</strong> {$next}
request-history = What happened
request-history-when = When
request-history-what = What
request-history-entry = Entry
request-history-read = Read
request-history-note = Each line is an entry of the organization’s log. Reading what a line rests on is an entry, too.
request-connections = { $number ->
    [one] {$number} connection
   *[other] {$number} connections
  }

request-invited = {$who} has not answered the invitation
request-accepted = {$who} accepted on {$when}
request-tentative = {$who} tentatively accepted on {$when}
request-declined = {$who} declined on {$when}
request-accepted-earlier = {$who} has not answered the invitation as it is now; they accepted an earlier one on {$when}
request-tentative-earlier = {$who} has not answered the invitation as it is now; they tentatively accepted an earlier one on {$when}
request-declined-earlier = {$who} has not answered the invitation as it is now; they declined an earlier one on {$when}
request-answered = {$answer}.
request-answered-proposes = {$answer}, and proposes another time: {$start}.

station-received = Received
station-received-signed = Received, signed
station-reviewed = Reviewed
station-form = Form and meeting
station-found = Two findings
station-returned = Form returned
station-called = Call-back
station-approved = Approved
station-announced = In force, and said

told-time = Time
told-nobody = nobody known
told-received = Came in: {$source}, from {$from}.
told-taken-up = {$who} took it up.
told-reviewed = {$who} reviewed it, and let it go on.
told-asked = {$who} asked for what is missing.
told-by = {$who} {$what}.
told-late = {$what} It answers an earlier invitation.
told-accepted = accepted the meeting
told-tentative = tentatively accepted the meeting
told-declined = declined the meeting
told-asked-again = asked for the invitation again
told-proposed = proposed another time: {$start}
told-answered-proposed = {$answered}, and proposed another time: {$start}
told-joined = A further message came in.
told-form-sent = {$who} sent the form, text version {$version}.
told-meeting-kept = {$who} declined the time that was proposed; the meeting stays.
told-meeting-off = {$who} called the meeting off.
told-meeting = {$who} set the meeting: {$start}.
told-identity = {$who} found: this is the organization’s security contact.
told-no-identity = {$who} found: this is not the organization’s security contact.
told-understanding = {$who} found: what the form says is understood.
told-no-understanding = {$who} found: what the form says is not understood.
told-returned = {$who} returned the form: {$strength}.
told-matched = {$who} accepted the returned form.
told-not-matched = {$who} did not accept the returned form.
told-called = {$who} called {$contact} on the number on file, who confirmed the request; whether with words is not said.
told-called-with = {$who} called {$contact} on the number on file, who confirmed the request with the words of the call.
told-called-without = {$who} called {$contact} on the number on file, who confirmed the request without words: {$why}.
told-not-reached = {$who} called {$contact} on the number on file, who was not reached.
told-denied = {$who} called {$contact} on the number on file, who did not confirm it.
told-wrong-words = {$what} { $number ->
    [one] Once, other words were heard.
   *[other] {$number} times, other words were heard.
  }
without-cannot-sign-in = the contact could not sign in
without-no-screen = the contact had nothing at hand to sign in with
without-portal-away = the portal did not show them
without-other = another reason, which is in the note
called-with = Called back with words: {$who}, {$when}.
called-without = Called back without words, because {$why}: {$who}, {$when}.
called-unsaid = Called back: {$who}, {$when}. Whether with words is not said.
told-approved = {$who} approved, signed.
told-processed = In force everywhere; {$reset} reset.
told-announced = Every security contact can read the confirmation.
told-reminded = A reminder: it waits.
told-refused = {$who} refused it.
told-withdrawn = {$who} withdrew it.
told-vetoed = {$who} objected to it.
told-expired = It expired: nothing had happened for 14 days.
told-superseded = It is superseded: the setting was decided anew.

source-unauthenticated = an unauthenticated message
source-mail = a mail that the contact’s domain has signed
source-signed-in = a message of a signed-in contact
source-signed = signed by the contact

strength-unchanged = the form itself, without a signature in it
strength-signed = the form itself, with a digital signature over all of it
strength-appended = the form itself, with additions that no signature covers
strength-passkey = the form itself, signed with a passkey
strength-picture = a picture
strength-other = another PDF, to be compared by eye

at-received = Received
at-under-review = Under review
at-incomplete = Something is missing
at-form-sent = Form sent, meeting scheduled
at-found = Both findings made
at-returned = Form returned and matched
at-called = Confirmed by telephone
at-approved = Approved
at-processed = In force
at-announced = In force, and said
at-refused = Refused
at-withdrawn = Withdrawn
at-vetoed = Objected to
at-expired = Expired
at-superseded = Superseded
