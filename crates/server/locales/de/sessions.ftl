# Wo jemand angemeldet ist.
sessions-short = Sitzungen
sessions-title = Wo Sie angemeldet sind
sessions-lead = Eine Sitzung zu beenden meldet den Browser sofort ab und beendet die Besuche, die von dort begonnen wurden.
sessions-browser = Browser
sessions-since = Angemeldet
sessions-passkey = Passkey gezeigt {$when}
sessions-seen = Zuletzt benutzt
sessions-until = Endet spätestens
sessions-do = Beenden
sessions-other-browser = Ein anderer Browser
sessions-here = dieser hier
sessions-end = Beenden
sessions-end-others = Alle anderen beenden
sessions-not-yours = Wenn eine nicht Ihre ist, beenden Sie sie und sagen Sie es {$vendor}: jemand anderes hat sich als Sie angemeldet.

# Anmelden über den OpenID-Anbieter derer, die das Produkt anbieten.
vendor-sign-in = Anmelden als eine der Personen von {$vendor}
vendor-refused = Nicht angemeldet
vendor-stale = Diese Anmeldung bei {$vendor} begann nicht in diesem Browser, hat länger als zehn Minuten gedauert oder ist vorbei.
vendor-stale-now = <strong>Was nun:</strong> Beginnen Sie noch einmal.
vendor-unreachable = Der Anmeldedienst von {$vendor} antwortet nicht, darum kann sich jetzt niemand mit ihm anmelden. Wer angemeldet ist, bleibt es.
vendor-unreachable-now = <strong>Was nun:</strong> Versuchen Sie es gleich noch einmal; wenn es so bleibt, sagen Sie es denen, die ihn betreiben.
vendor-not-known = Der Anmeldedienst von {$vendor} hat niemanden bestätigt, der hier arbeiten darf.
vendor-not-known-now = <strong>Was nun:</strong> Fragen Sie Ihr Plattform-Team. Sie müssen in einer der Gruppen sein, die es genannt hat, und hier mit der Adresse eingetragen, die der Dienst geprüft hat.
