# Notice addresses, in the portal and at the desk.
notices-title = Notice addresses
notices-lead = At most three addresses of yours, such as a mailbox that more people read, get a copy of each letter to all of you. They decide nothing. Best is one whose mail does not come in where yours does.
notices-asked = The vendor asks that copies go to these addresses instead: <strong>{$addresses}</strong>. Nothing changes unless one of you says so.
notices-asked-none = The vendor asks that no copies go anywhere any more. Nothing changes unless one of you says so.
notices-asked-short = The vendor asks that copies of our letters to you go elsewhere.
notices-asked-look = Say whether they do
notices-agree = Have it so
notices-leave = Leave it as it is
notices-address = Address {$number}
notices-save = Have copies go to these
notices-told = A change is in your log, and is told to all of you, to these addresses and to the former ones.
notices-desk = Copies of letters to all of them go to <strong>{$addresses}</strong>.
notices-desk-none = Copies of letters to all of them go nowhere.
notices-desk-means = Nobody is known by such an address: mail from one is anybody’s.
notices-desk-asked = The administrator asks that they go to <strong>{$addresses}</strong> instead. One of the contacts says in the portal whether they do.
notices-desk-asked-none = The administrator asks that they go nowhere any more. One of the contacts says in the portal whether they do.
