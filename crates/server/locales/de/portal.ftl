# Das Kundenportal: Überblick, Verlauf, ein Besuch, Anträge.
portal-places = Bereiche des Portals
portal-overview = Überblick
portal-history = Verlauf
portal-requests = Anträge
portal-contacts = Sicherheitskontakte
portal-verify = Prüfen

portal-setting = Support-Zugriff:
portal-frozen = Zurzeit kann niemand hinein, was auch eingestellt ist: <a href="#freezes">der Anbieter hält alle fern</a>.
portal-in-force = In Kraft seit
portal-decided-by = Entschieden von
portal-decided-nobody = noch niemandem: so ist es von Anfang an, bis ein Sicherheitskontakt anders entscheidet
portal-decided-contact = {$contact}, Sicherheitskontakt
portal-decided-request = Ihrer Organisation, auf Antrag
portal-signed = Unterschrieben von
portal-signed-contact = {$contact}, mit { $way ->
    [passkey] einem Passkey
   *[key] dem eigenen Schlüssel
 }
portal-signed-both = {$contact}, mit { $way ->
    [passkey] einem Passkey
   *[key] dem eigenen Schlüssel
 }; {$people} beim Anbieter haben zugestimmt, unterschrieben
portal-signed-desk = {$people} beim Anbieter, alle mit eigenem Schlüssel
portal-called = Rückruf
portal-place = Wo es steht
portal-entry = Eintrag {$entry} Ihres Protokolls

portal-receipt = Beleg
portal-receipt-means = Es gilt: Niemand ist drin, und niemand kann hinein.
portal-receipt-point = <span lang="en">{$point}</span>: { $count ->
    [one] {$count} Verbindung
   *[other] {$count} Verbindungen
  } getrennt, und niemand wird eingelassen
portal-receipt-entry = Nummer {$entry} in Ihrem Protokoll
portal-receipt-waits = auf dem Weg in Ihr Protokoll
portal-checkpoint = Der Prüfpunkt
portal-checkpoint-save = Prüfpunkt speichern
portal-checkpoint-keep = Heben Sie ihn auf: Ein späteres Protokoll muss ihn enthalten, sonst hat es jemand geändert.

portal-disable = Sperren…
portal-impact = Was das bewirkt
portal-impact-cut = <strong data-count="">{$visits}</strong>: sofort getrennt, und niemand kann hinein.
portal-impact-no-cases = Drinnen wird gerade an keinem Fall gearbeitet.
portal-impact-cases = Fälle, an denen drinnen gearbeitet wird: <strong data-cases="">{$cases}</strong>. Der Support kann mit dem weiterarbeiten, was Sie schicken, und nicht selbst nachsehen.
portal-impact-form = Lesen Sie, was im Formular steht: <a href="/acknowledgement-form.pdf">was das Sperren bedeutet</a>. Hilfe dauert länger, und manche Fehler lassen sich nicht finden, ohne nachzusehen.
portal-impact-after = Es ist vorläufig, bis Formular und Gespräch es bestätigen, und verfällt nie von selbst. Für die Freigabe unterschreiben Sie noch einmal, und der Anbieter muss zustimmen.
portal-you-sign = Das unterschreiben Sie:
portal-disable-sign = Unterschreiben und sperren
portal-disable-progress = Unterschrieben und abgeschickt. Wer drin ist, wird jetzt getrennt; das bestätigt: {$point}…
portal-enable = Freigabe beantragen…
portal-enable-means = Noch ändert sich nichts: Der Anbieter prüft Ihren Antrag zuerst. Ihre Unterschrift ersetzt den Rückruf. Wenn der Anbieter zugestimmt hat, dürfen Support-Personen wieder hinein.
portal-enable-sign = Unterschreiben und beantragen
portal-enable-progress = Unterschrieben und abgeschickt…

portal-no-key = Von Ihnen ist kein Schlüssel hinterlegt; mit einem Klick entscheiden Sie hier also nichts. <a href="/portal/requests">Beantragen Sie es</a>: Der Anbieter prüft den Antrag, und Sie unterschreiben das Formular, mit einem Passkey, wenn Sie einen haben. Oder lassen Sie einen Schlüssel von Ihnen hinterlegen.
portal-no-script = Entscheiden geht hier nur mit Skripten: Die Unterschrift entsteht in Ihrem Browser, damit Ihr Schlüssel ihn nie verlässt. Oder nehmen Sie die Befehlszeile:

portal-contacts-change = Eine Änderung Ihrer Sicherheitskontakte ist angekündigt. <a href="/portal/contacts">Sehen Sie nach</a>, und widersprechen Sie, wenn sie nicht sein soll.

portal-inside = Wer gerade drin ist
portal-open-visits = { $count ->
    [one] {$count} offener Besuch
   *[other] {$count} offene Besuche
  }
portal-inside-count = {$visits}, { $people ->
    [one] {$people} Person
   *[other] {$people} Personen
  }.
portal-nobody = Niemand ist drin.
portal-who = Wer
portal-tool = Werkzeug
portal-why = Warum
portal-case-number = Fall
portal-case = Fall {$case}
portal-no-reason = kein Grund angegeben
portal-no-case = keiner
portal-since = Seit
portal-until = Bis
portal-lasting = Wie lange
portal-newest = Neueste Zugriffe
portal-request-number = Zugriffe
portal-request-count = { $count ->
    [one] {$count} Zugriff
   *[other] {$count} Zugriffe
  }
portal-not-covered = nicht erfasst
portal-inside-now = gerade drin
portal-stale = Nicht aktuell: Die Verbindung ist weg, oder Sie sind abgemeldet. Laden Sie die Seite neu.

portal-lately = Letzte Besuche
portal-nobody-yet = Noch niemand war drin.
portal-history-all = Alle Besuche, gezeichnet und als Liste
portal-person-erased = eine gelöschte Person
portal-former-contact = ein früherer Sicherheitskontakt
portal-erased = gelöscht

portal-freezes = Eingefroren
portal-freezes-mean = Der Anbieter kann Personen von allen Organisationen zugleich fernhalten, neben Ihrer eigenen Einstellung. Zwei Personen dort können das aufheben; es gibt nichts frei, was Sie gesperrt haben.
portal-freeze-since = Seit {$when} ferngehalten: {$whom}
portal-freeze-past = Ferngehalten: {$whom}
portal-freeze-why = durch eine Person beim Anbieter: {$reason}
portal-freeze-begun = Begonnen {$when},
portal-freeze-lifted = Aufgehoben {$when} von zwei Personen beim Anbieter.
freeze-everybody = alle
freeze-employer = alle von {$employer}

portal-tools = Werkzeuge
portal-tools-mean = Was Sie hier entscheiden, gilt für die erfassten Werkzeuge.
portal-tool-not-covered = <strong>nicht von dieser Grenze erfasst</strong>: Es trennt Organisationen nicht, wer es also für andere öffnet, sieht dort vielleicht Ihre Daten

portal-tokens = Token Ihrer Programme
portal-tokens-mean = Wer eines davon hat, handelt als Programm Ihrer Organisation, wofür es gilt. Widerrufen Sie, was Sie nicht kennen oder nicht mehr brauchen; es öffnet von da an nichts.

portal-check = Selbst prüfen
portal-check-here = Alles oben steht auch im eigenen Protokoll Ihrer Organisation. <a href="/portal/verify">Prüfen Sie hier, in Ihrem eigenen Browser</a>, dass nichts darin fehlt oder geändert ist. Dieser Befehl tut es auf Ihrem eigenen Rechner:
portal-check-checkpoint = <a href="/portal/checkpoint" download="">Speichern Sie den neuesten Prüfpunkt</a> und geben Sie ihn dem Befehl später mit <code>--checkpoint FILE</code>: Ein Protokoll, das seitdem etwas verloren oder geändert hat, fällt durch.

portal-wish-disable = Support-Zugriff sperren
portal-wish-enable = Support-Zugriff freigeben

history-from = Von
history-until = Bis
history-person = Wer
history-everybody = Alle
history-every-tool = Jedes Werkzeug
history-words = Wörter in Name, Grund oder Fall
history-show = Zeigen
history-reset = Zurücksetzen
history-period = {$first} bis {$last}
history-other-periods = Andere Zeiträume
history-earlier = Früher
history-later = Später
history-day = Tag
history-week = Woche
history-quarter = Quartal
history-empty = In dieser Zeit war niemand drin, oder niemand, der passt.
history-utc = Nach dem Beginn der Besuche. Tage beginnen und enden um Mitternacht UTC.
history-visits = Besuche
history-none = Keine.
history-next = Frühere Besuche
history-export = Alle passenden Besuche dieses Zeitraums, höchstens 10.000 in einer Datei.
timeline-title = Besuche von {$first} bis {$last}
timeline-desc = Eine Zeile für jede Person in jedem Werkzeug; ein Balken für jeden Besuch, vom Beginn bis zum Ende. Die Tabelle darunter sagt dasselbe.
timeline-bar = {$person} in {$tool}, seit {$since}, {$lasting} lang
timeline-bar-open = {$person} in {$tool}, seit {$since}, bisher {$lasting}, gerade drin
timeline-cut = { $count ->
    [one] {$count} Besuch begann vor diesem Zeitraum: sein Balken beginnt am Rand, und er steht in der Tabelle des Zeitraums davor.
   *[other] {$count} Besuche begannen vor diesem Zeitraum: ihre Balken beginnen am Rand, und sie stehen in der Tabelle des Zeitraums davor.
  }
timeline-left-out = { $count ->
    [one] {$count} weitere Zeile ist nicht gezeichnet.
   *[other] {$count} weitere Zeilen sind nicht gezeichnet.
  } Die Tabelle hat alle.
timeline-in-part = Nur die neuesten Besuche dieses Zeitraums sind gezeichnet. Die Tabelle hat alle.

portal-visit-title = Besuch: {$person}
portal-visit-assets = { $count ->
    [one] dazu {$count} auf eine Datei ohne Daten von Ihnen
   *[other] dazu {$count} auf Dateien ohne Daten von Ihnen
  }
portal-visit-sent = Übertragen
portal-visit-proof = Entscheidung und Beweis
portal-visit-decision = Eingelassen, weil
portal-visit-let-in-first = der Support-Zugriff von Anfang an freigegeben war und niemand anders entschieden hatte
portal-visit-let-in = der Support-Zugriff durch die Entscheidung mit der Nummer {$number} freigegeben war
portal-visit-entry = beginnt mit Eintrag {$entry} Ihres Protokolls
portal-visit-number = Nummer des Besuchs
portal-visit-check = Das prüft das ganze Protokoll, und dass kein Besuch begann, als niemand hineindurfte:
portal-visit-opened = Was geöffnet wurde
portal-visit-nothing = Nichts wurde geöffnet.
portal-visit-when = Wann
portal-visit-method = Methode
portal-visit-address = Adresse im Werkzeug
portal-visit-outcome = Ergebnis
portal-visit-bytes = Übertragen
portal-visit-place = Eintrag
portal-visit-cut-short = Nur die ersten sind zu sehen; alle stehen in Ihrem Protokoll.
portal-visit-request-under-way = läuft noch
portal-visit-request-status = {$status}
portal-visit-request-and = {$status}, {$how}
portal-visit-request-no-answer = keine Antwort
portal-visit-request-left = vor dem Ende gegangen
portal-visit-request-broke-off = das Werkzeug brach ab
portal-visit-request-cut = getrennt
portal-visit-request-not-forwarded = nicht weitergeleitet
portal-visit-request-lost = das Gateway ging verloren
portal-visit-request-otherwise = anders beendet

requests-lead = Um den Support-Zugriff zu sperren oder freizugeben, nimmt ein Antrag diese Schritte. Durch eine Nachricht allein ändert sich nichts.
requests-none = Bisher wurde nichts beantragt.
requests-request = Antrag
requests-wish = Was
requests-state = Stand
requests-next = Als Nächstes
requests-over = Nichts: er ist vorbei.
requests-in-part = Die neuesten {$shown} von {$all}.
requests-ask = Ohne Schlüssel beantragen
requests-ask-lead = Eine Nachricht ändert von selbst nichts: Der Anbieter prüft sie.
requests-ask-what = Was beantragen Sie?
requests-ask-text = Bestätigen Sie es in eigenen Worten, und sagen Sie, an wen wir uns wenden
requests-ask-send = Absenden

portal-stop = Beenden
portal-stop-whom = Den Besuch von {$person} beenden
portal-stop-all = Alle beenden
portal-stop-means = Wer so beendet wird, kann wiederkommen; um das zu verhindern, <a href="#setting">sperren Sie den Support-Zugriff</a>.
portal-stop-this = Diesen Besuch beenden
portal-stop-this-means = Sofort. Ihre Einstellung bleibt, wie sie ist, ein neuer Besuch ist also möglich; um das zu verhindern, <a href="/portal#setting">sperren Sie den Support-Zugriff</a>.
stopped-title = Beendet
stopped-nothing = Nichts war offen
stopped-nothing-means = Es gab keinen offenen Besuch zu beenden.
stopped-means = { $visits ->
    [one] {$visits} Besuch
   *[other] {$visits} Besuche
  } beendet, { $reset ->
    [one] {$reset} Verbindung
   *[other] {$reset} Verbindungen
  } getrennt. In Ihrem Protokoll steht, dass Sie es waren.
stopped-may-return = Ihre Einstellung ist, wie sie war: Dieselben Personen können einen neuen Besuch beginnen. Um das zu verhindern, <a href="/portal#setting">sperren Sie den Support-Zugriff</a>.
stopped-disabled = Der Support-Zugriff ist gesperrt: Niemand kann einen neuen Besuch beginnen.

portal-request = Antrag {$number}
portal-request-confirmed = In Kraft seit <strong>{$when}</strong>, überall, wo eingelassen wird; {$reset} getrennt. Es ist Eintrag {$entry} im Protokoll Ihrer Organisation.
portal-request-receipt = Beleg: der Prüfpunkt des Protokolls in diesem Moment
portal-form = Bestätigungsformular
portal-form-download = Formular herunterladen
portal-form-return = Unterschrieben zurückgeben: PDF, PNG oder JPEG
portal-meeting = Gespräch
portal-meeting-at = {$start}, 30 Minuten.
portal-meeting-invitation = Einladung für Ihren Kalender
portal-meeting-answers = Was ein Kalender antwortet, legt das Gespräch fest und stimmt sonst nichts zu.
portal-meeting-other = Eine andere Zeit
portal-meeting-move = Verlegen
portal-withdraw-title = Nicht, was Sie wollen?
portal-withdraw = Zurücknehmen oder widersprechen
portal-withdraw-means = Der Antrag endet; die Einstellung bleibt, wie sie ist.

tokens-token = Token
tokens-scopes = Gilt für
tokens-until = Gilt bis
tokens-used = Zuletzt benutzt
tokens-revoke = Widerrufen
tokens-unnamed = ohne Namen
tokens-never = nie

doubt-waits = nicht erkannt: der Anbieter antwortet bis {$when}
doubt-answered = nicht erkannt: beantwortet {$when}
doubt-former-desk = eine frühere Person beim Anbieter
doubt-program = ein Programm der Organisation
doubt-raised = {$who} erkennt diesen Besuch nicht, seit {$when}.
doubt-written = Was dazu geschrieben wurde
doubt-answer = Beantwortet von {$who} beim Anbieter, {$when}:
doubt-read = die Antwort lesen
doubt-due = Der Anbieter antwortet bis {$when}.
doubt-raise = Ich erkenne diesen Zugriff nicht…
doubt-means = Alle Ihre Sicherheitskontakte erfahren es, und der Anbieter hat einen Tag für die Antwort. Es ändert von selbst keine Einstellung: Um sofort zu handeln, <a href="/portal#setting">sperren Sie den Support-Zugriff</a>.
doubt-means-open = Alle Ihre Sicherheitskontakte erfahren es, und der Anbieter hat einen Tag für die Antwort. Es ändert von selbst keine Einstellung: Um sofort zu handeln, beenden Sie den Besuch, oder <a href="/portal#setting">sperren Sie den Support-Zugriff</a>.
doubt-text = Was nicht zu stimmen scheint (kann leer bleiben)
