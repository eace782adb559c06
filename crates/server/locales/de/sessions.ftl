# Wo jemand angemeldet ist.
sessions-short = Sitzungen
sessions-title = Wo Sie angemeldet sind
sessions-lead = Eine Sitzung zu beenden meldet den Browser sofort ab und beendet die Besuche, die von dort begonnen wurden.
sessions-browser = Browser
sessions-since = Angemeldet
sessions-seen = Zuletzt benutzt
sessions-until = Endet spätestens
sessions-do = Beenden
sessions-other-browser = Ein anderer Browser
sessions-here = dieser hier
sessions-end = Beenden
sessions-end-others = Alle anderen beenden
sessions-not-yours = Wenn eine nicht Ihre ist, beenden Sie sie und sagen Sie es {$vendor}: jemand anderes hat sich als Sie angemeldet.
