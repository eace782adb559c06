# The support console, its visits, and why somebody cannot enter.
support-title = Support
support-places = Support
support-organizations = Organizations
support-visits = Your visits
support-find = Find an organization
support-search = Search
support-keys = <kbd>/</kbd> begins, <kbd>↑</kbd> <kbd>↓</kbd> choose, <kbd>Enter</kbd> opens.
support-nothing-found = No organization matches <q>{$query}</q>.
support-show-all = Show all
support-organization = Organization
support-access = Support access
support-tools = Tools
support-tool = Tool
support-why = Why
support-since = Since
support-visit = Visit
support-show = Show
support-end = End
support-no-reason = no reason given
support-may-enter = You may enter: choose a tool, and say why.
support-no-tools = There is no tool yet that could be entered.
support-none-yet = none yet
support-instead = What can I do instead?
support-not-covered = (not covered)
support-more = And {$more} more: search to see them.
support-open = Your open visits
support-over = Ended
support-none-open = You are inside nowhere.
support-none-over = No visit of yours has ended.
support-newest = The newest
support-older = Older ones
support-frozen-since = Frozen since {$when}:
support-frozen-all = your desk keeps everybody out of every organization.
support-frozen-employer = your desk keeps everybody of {$employer} out of every organization.
support-frozen-why = Why: <q>{$why}</q> Two desk people can lift it.

form-title = Enter {$tool} of {$organization}
form-refused = You cannot enter {$organization}
form-open = You have a visit here that is open.
form-open-go = Go to it
form-seen = {$organization} sees that you enter, when, and what you write here. Everything that you open there is recorded.
form-not-covered = This tool does not keep organizations apart: it is not covered by what {$organization} has decided about other tools’ data.
form-reason = Why do you enter?
form-case = Case number
form-optional = (optional)
form-enter = Enter
field-unfit = {$why}.

visit-title = {$tool} of {$organization}
visit-inside = You are inside.
visit-over = Over.
visit-until = Ends by itself at {$when}
visit-idle = Each use of the tool puts that off to 15 minutes later, to {$when} at the latest.
visit-open = Open the tool
visit-end = End this visit
visit-again = Open a new visit
visit-back = Back to your list
visit-beside = The tool opens in a tab of its own. This page stays here, and says when it is over.
visit-who = Who
visit-case = Case
visit-no-case = none
visit-ended-at = Until
visit-lasting = How long
visit-requests = Requests

over-left = Your visit is over: it was ended.
over-disabled = Your visit is over: the organization disabled support access.
over-frozen = Your visit is over: the vendor froze support access.
over-token = Your visit is over: the token that it was entered with expired or was revoked.
over-stopped-there = Your visit is over: the organization stopped it.
over-session = Your visit is over: the session in which it was entered has ended.
over-idle = Your visit is over: it was unused for 15 minutes.
over-too-long = Your visit is over: it had been open for 8 hours.
over-stopped = Your visit is over: the gateway was stopped.
over-lost = Your visit is over: the gateway was lost.

deny-unavailable = Nobody can enter at present: {$why}.
deny-frozen = The vendor keeps everybody out of everywhere since {$when}.
deny-frozen-employer = The vendor keeps everybody of {$employer} out of everywhere since {$when}.
deny-organization = There is no such organization.
deny-subject = You are not known here as a support person.
deny-tool = There is no such tool.
deny-shared = This tool does not keep organizations apart, and the vendor has not accepted it as it is.
deny-closed = The stored setting of this organization is not the one its log proves (found {$when}). Nobody enters until that is settled.
deny-disabled = This organization disabled support access on {$when}.
deny-approval = This organization approves each visit beforehand.
deny-mismatch = The visit is not yours, or not in this organization’s tool.
deny-superseded = Support access changed after your visit was opened.
deny-reason = This tool wants to know why you enter.
deny-case = This tool wants the case you enter for.
deny-room = Byleave’s disk is nearly full. What is left is kept for ending visits and for disabling.
deny-ends = How earlier requests ended is not in the logs yet. Nobody new is let in until it is.
deny-instead = What you can do instead
deny-case-text = Text for the customer’s case
deny-copy = Copy the text
deny-copied = Copied

instead-export = Ask the customer to send what you need: an export or a picture of {$tool} for the time of the problem, without passwords.
instead-show = Ask the customer to look themselves, and to show you on a call what they see.
instead-enable = Ask the customer to have its security contact enable support access. How, is on <a href="{$address}">the page for customers</a>. Only they decide it.
instead-approve = Ask the customer’s security contact to approve your visit.
instead-closed = Tell your trust desk; only they can look into it.
instead-frozen = Ask your trust desk: they say why, and two of them can lift it; nobody else can.
instead-declare = Ask your platform team to declare how the tool keeps organizations apart.
instead-other-tool = Go back to your list, and see whether another tool shows what you need.
instead-add = Ask your trust desk to add you.
instead-list = Check the address, or start from your list.
instead-room = Tell whoever runs Byleave; you can enter once there is room.
instead-moment = Try again in a moment; if it stays so, tell whoever runs Byleave.
instead-visit = Open a new visit.

case-text-disabled =
    Hello,

    your organization has had support access disabled since {$when}, so we do not look into {$tool} ourselves. There are two ways to go on:

    1. You send us an export or a picture of {$tool} for the time of the problem, without passwords.
    2. Your security contact has support access enabled again. How, is here: {$address}

    Both are your decision, and you can change it at any time.
case-text-approval =
    Hello,

    your organization approves each of our visits beforehand. To go on, we need your security contact’s approval to look into {$tool}.

    Or send us an export or a picture of {$tool} for the time of the problem, without passwords.
case-text-cannot =
    Hello,

    we cannot look into {$tool} ourselves at present. So that it goes on, please send us an export or a picture of {$tool} for the time of the problem, without passwords.
