# Der Trust Desk: Warteschlange, Nachrichten, Organisationen, Briefe, Werkzeuge, Einfrieren und der Anbieter.
desk-title = Trust Desk
desk-places = Die Seiten des Trust Desk
desk-queue = Warteschlange
desk-messages = Nachrichten
desk-organizations = Organisationen
desk-letters = Briefe
desk-tools = Werkzeuge
desk-freezes = Einfrieren
desk-vendor = Anbieter
desk-back = Zurück
desk-choose = bitte wählen
desk-look = Ansehen
desk-no = Nein
desk-nobody = niemand
desk-nobody-yet = noch niemand
desk-nothing = nichts
desk-name = Name
desk-address = E-Mail
desk-phone = Telefon
desk-organization = Organisation
desk-contacts = Sicherheitskontakte
desk-frozen = <strong>Eingefroren:</strong> {$whom} hat keinen Zutritt.
desk-since = Seit {$when}.
desk-everybody = jeder
desk-everybody-of = jeder von {$employer}
desk-requests = Anträge
desk-requests-none = Es gibt keine.
desk-request = Antrag
desk-asks = Will
desk-wish-disable = Support-Zugriff sperren
desk-wish-enable = Support-Zugriff freigeben
desk-state-next = Stand und nächster Schritt
desk-by = Übernommen von
desk-due = Fällig
desk-due-in = in {$lasting}
desk-overdue = überfällig seit {$lasting}
desk-over = vorbei
desk-overdue-count = { $number ->
    [one] {$number} Antrag ist überfällig.
   *[other] {$number} Anträge sind überfällig.
  }
desk-filter = Zeigen
desk-filter-show = Anzeigen
desk-filter-open = Alle offenen
desk-filter-overdue = Überfällige
desk-alarm = Briefe kommen nicht an:
desk-alarm-since = hat einen nicht bekommen, {$when}.
desk-alarm-call = Rufen Sie die hinterlegte Nummer an.
desk-key = Ihr Schlüssel
desk-key-for = Mit ihm unterschreiben Sie, wem Sie zustimmen.
desk-key-none = In der Konfiguration steht kein Schlüssel von Ihnen; Sie können vorbereiten, aber nicht zustimmen.
desk-messages-waiting = Wartende Nachrichten
desk-messages-none = Keine Nachricht wartet.
desk-messages-more = { $number ->
    [one] {$number} weitere wartet.
   *[other] {$number} weitere warten.
  }
desk-messages-all = Alle Nachrichten
desk-messages-lead = Sie gehören noch zu keinem Antrag. Jeder kann sie geschrieben haben, was auch immer sie sagen.
desk-messages-older = {$number} weitere kamen vorher. Sie rücken nach, wenn diese erledigt sind; <code>byleave mail list</code> zeigt alle.
desk-message = Eine Nachricht
desk-message-came = Eingegangen
desk-message-by = Auf welchem Weg
desk-message-claims = Gibt an
desk-message-nothing = nichts
desk-message-came-by = Sie kam so: {$way}, {$when}.
desk-message-proven = <strong>Belegt:</strong> der Mailserver des Sicherheitskontakts hat sie unterschrieben. Sie wartet aus einem anderen Grund; ein Antrag, der hier daraus gemacht wird, zählt trotzdem als nicht belegt.
desk-message-unproven = <strong>Nicht belegt:</strong> jeder kann sie geschrieben haben, was auch immer sie sagt.
desk-message-why = Sie kam nicht per E-Mail, darum zeigt nichts, wer sie geschickt hat. Eine Person muss sie ansehen.
desk-message-says = sie sagt „{$name}“
desk-message-open = Einen Antrag daraus machen
desk-message-open-means = Damit ist nichts entschieden. Der hinterlegte Sicherheitskontakt wird benachrichtigt und gefragt.
desk-message-open-do = Antrag eröffnen
desk-message-join = Oder einem offenen Antrag beifügen
desk-message-join-do = Beifügen
desk-choice-disable = {$number}: {$name}, Support-Zugriff sperren
desk-choice-enable = {$number}: {$name}, Support-Zugriff freigeben
desk-message-dismiss = Oder verwerfen
desk-message-dismiss-open = Verwerfen…
desk-message-dismiss-means = Sie verschwindet endgültig aus dieser Liste, und niemand wird benachrichtigt. Aufbewahrt wird sie so lange wie Belege.
desk-message-dismiss-why = Warum?
desk-message-dismiss-do = Diese Nachricht verwerfen
desk-way-form = das Formular auf der Hilfeseite
desk-way-uploaded = hier hochgeladen
desk-way-mail = E-Mail
desk-way-piped = aus einem Mailsystem übergeben
desk-bears = Trägt die Adresse von
desk-bears-nobody = niemandem, der hinterlegt ist
desk-items = Die drei Angaben
desk-has-name = nennt den Kundennamen
desk-has-confirmation = enthält die Bestätigung
desk-has-contact = sagt, an wen wir uns wenden
desk-take = Eine Nachricht aufnehmen
desk-take-lead = Sie zählt als nicht belegt, was auch immer sie sagt, und ändert von selbst nichts.
desk-take-file = Als Datei, etwa eine gespeicherte E-Mail
desk-take-upload = Hochladen
desk-take-paste = Oder einfügen und sofort einen Antrag daraus machen
desk-take-text = Die Nachricht
desk-take-in = Aufnehmen
desk-find = Name, Kontakt, Adresse oder Nummer
desk-find-go = Suchen
desk-find-none = Nichts Hinterlegtes enthält „{$find}“. Suchen Sie nach einem Teil davon.
desk-find-more = { $number ->
    [one] {$number} weitere passt. Geben Sie mehr vom Namen an.
   *[other] {$number} weitere passen. Geben Sie mehr vom Namen an.
  }
desk-find-which = Was ist gemeint? „{$find}“ passt zu:
desk-find-other = Andere Auswahl
desk-find-unknown = Es gibt keine Organisation „{$value}“. Gehen Sie zurück, suchen Sie sie nach ihrem Namen und wählen Sie sie dort aus.
desk-organizations-none = Es gibt noch keine.
desk-access = Support-Zugriff
desk-waits = Wartet
desk-call-first = {$who} zur Bestätigung anrufen
desk-call-again = {$who} erneut anrufen
desk-contact-changes = { $number ->
    [one] {$number} Änderung der Kontakte
   *[other] {$number} Änderungen der Kontakte
  }
desk-import = Organisationen importieren
desk-import-open = Importieren…
desk-import-lead = Viele Organisationen auf einmal, aus einer Datei. Sie wird zuerst geprüft: nichts wird angelegt, bevor Sie gesehen haben, was angelegt würde.
desk-import-file = CSV-Datei
desk-import-check = Datei prüfen
desk-import-contacts = Sie haben zunächst keinen Sicherheitskontakt: niemandes Wort gilt für sie, bis der Administrator den Kontakt aus dem Vertrag einträgt.
desk-import-file-title = Wie die Datei aussieht
desk-import-format = CSV mit den Spalten <code>name</code>, <code>slug</code> und, wenn nötig, <code>domains</code> und <code>notice_addresses</code>, mehrere durch Leerzeichen oder Semikolon getrennt. Alle werden angelegt oder keine; jede Zeile, die nicht passt, wird genannt.
desk-import-command = Dasselbe tut der Administrator auf der Kommandozeile:
desk-import-refused = So wird die Datei nicht angenommen; nichts wurde angelegt. Berichtigen Sie das Folgende, und prüfen Sie sie erneut.
desk-import-line = Zeile
desk-import-there = Was dort steht
desk-import-what = Was zu tun ist
desk-import-more-faults = { $number ->
    [one] {$number} weiterer Fehler ist nicht aufgeführt.
   *[other] {$number} weitere Fehler sind nicht aufgeführt.
  }
desk-import-too-large = Die Datei hat {$bytes} Bytes; höchstens {$most} werden angenommen. Importieren Sie sie in Teilen.
desk-import-not-text = Das ist kein UTF-8-Text. Speichern Sie die Datei als UTF-8.
desk-import-values = Hier { $has ->
    [one] steht {$has} Wert
   *[other] stehen {$has} Werte
  }, die Kopfzeile hat { $wanted ->
    [one] {$wanted} Spalte
   *[other] {$wanted} Spalten
  }. Setzen Sie einen Wert, der ein Komma enthält, in Anführungszeichen.
desk-import-unknown-column = Eine Spalte <code>{$column}</code> sieht niemand an. Entfernen Sie sie, oder benennen Sie sie wie unten.
desk-import-column-twice = Die Kopfzeile nennt eine Spalte zweimal. Lassen Sie eine stehen.
desk-import-no-column = In der Kopfzeile fehlt die Spalte <code>{$column}</code>. Die erste Zeile der Datei nennt die Spalten.
desk-import-twice = Er steht schon in Zeile {$line}. Lassen Sie eine stehen, oder geben Sie dieser einen anderen Slug.
desk-import-too-many = Es sind {$lines} Zeilen; höchstens {$most} werden angenommen. Importieren Sie sie in Teilen.
desk-import-name = Schreiben Sie den Namen, den man kennt: 1 bis 120 Zeichen, keine unsichtbaren.
desk-import-slug = Schreiben Sie 1 bis 30 Zeichen von a bis z und 0 bis 9, mit einzelnen Bindestrichen dazwischen.
desk-import-domain = Schreiben Sie die Domain, die hinter dem @ ihrer E-Mails steht, etwa acme.example.
desk-import-address = Schreiben Sie eine E-Mail-Adresse, etwa soc@acme.example.
desk-import-would = { $number ->
    [one] Angelegt würde {$number} Organisation. Noch ist nichts angelegt.
   *[other] Angelegt würden {$number} Organisationen. Noch ist nichts angelegt.
  }
desk-import-further = { $number ->
    [one] und {$number} weitere
   *[other] und {$number} weitere
  }
desk-import-present = { $number ->
    [one] {$number} gibt es schon; sie bleibt, wie sie ist.
   *[other] {$number} gibt es schon; sie bleiben, wie sie sind.
  }
desk-import-nothing = Es gibt nichts anzulegen.
desk-import-other = Eine andere Datei wählen
desk-import-do = { $number ->
    [one] {$number} Organisation anlegen
   *[other] {$number} Organisationen anlegen
  }
desk-import-done = { $number ->
    [one] {$number} Organisation wurde angelegt
   *[other] {$number} Organisationen wurden angelegt
  }
desk-import-col-slug = Slug
desk-import-col-domains = Mail-Domains
desk-import-col-addresses = Adressen für Kopien
desk-org-log = Einträge in ihrem Protokoll: {$entries}.
desk-org-checkpoint = Neuester Checkpoint
desk-key-none-agree = In der Konfiguration steht kein Schlüssel von Ihnen; Sie können anrufen, aber nicht zustimmen.
desk-contacts-lead = Zwei Personen vom Trust Desk rufen einen Kontakt zurück, bevor er bestätigt ist; ein Anruf in 180 Tagen erhält das. Rufen Sie die hinterlegte Nummer an und keine andere. Gesichter, Stimmen und Wissen belegen nichts.
desk-contacts-none = Es gibt noch keinen. Den ersten nennt der Administrator, aus dem Vertrag.
desk-contact-since = hinterlegt seit {$when}
desk-contact-no-key = kein Schlüssel
desk-contact-them = Es ist der Kontakt, mit Wörtern
desk-contact-wrong = Es ist nicht der Kontakt
desk-changes = Änderungen der Kontakte
desk-changes-none = Bisher keine.
desk-change-announced = Angekündigt {$when} von {$who}.
desk-change-from = Alle hinterlegten Kontakte wurden benachrichtigt. Frühestens wirksam {$when}.
desk-change-agreed = Zugestimmt:
desk-change-two = nötig sind zwei.
desk-change-form = Das Formular zum Unterschreiben herunterladen
desk-change-came-back = Es kam unterschrieben zurück
desk-agree-open = Zustimmen…
desk-agree-effect = <strong>{$organization}:</strong> {$what} Mit zwei Zustimmungen entscheidet das, wer für die Organisation entscheiden darf.
desk-agree-sign = Unterschreiben und zustimmen
desk-change-off-open = Zurücknehmen…
desk-change-off-effect = Die Änderung für <strong>{$organization}</strong> endet, und alle hinterlegten Kontakte werden benachrichtigt. Sie müsste neu angekündigt werden.
desk-change-off = Änderung zurücknehmen
desk-announce = Eine Änderung ankündigen
desk-successor = Der letzte Kontakt ist ausgeschieden
desk-successor-lead = Nur wenn niemand Hinterlegtes erreichbar ist. Es braucht ein Formular, das die Organisation unterschreibt, zwei Personen vom Trust Desk und sieben Tage.
desk-successor-do = Ankündigen
desk-public-key = Öffentlicher Schlüssel, 64 Hexziffern (keiner: darf ansehen, nicht entscheiden)
desk-letters-waiting = { $number ->
    [one] {$number} Brief wartet.
   *[other] {$number} Briefe warten.
  }
desk-letters-oldest = Der älteste wartet seit {$when}.
desk-letters-shown = Gezeigt werden die neuesten und die, die warten oder nicht ankamen.
desk-letters-none = Es gab noch keinen.
desk-letters-look = Briefe ansehen
desk-letter-written = Geschrieben
desk-letter-to = An
desk-letter-about = Worüber
desk-letter-state = Stand
desk-letter-said = Was der Server sagte
desk-letter-waiting = wartet
desk-letter-sent = verschickt
desk-letter-failed = gescheitert
desk-letter-bounced = zurückgekommen
desk-letter-tries = { $number ->
    [one] {$number} Versuch
   *[other] {$number} Versuche
  }
desk-letter-next = , nächster {$when}
desk-tool = Werkzeug
desk-tools-lead = Was Support-Personen durch das Gateway öffnen, und wer dort die Organisationen trennt.
desk-tools-none = Es gibt noch keins.
desk-tools-commands = Ein neues Werkzeug braucht das Admin-Token und die Kommandozeile: <code>byleave tool create</code>
desk-application = Anwendung
desk-apart = Organisationen trennt
desk-apart-application = die Anwendung
desk-apart-gateway = das Gateway
desk-apart-nobody = niemand
desk-apart-application-means = Sie ist so erklärt, dass sie den Nachweis jeder Anfrage prüft.
desk-apart-gateway-means = Es schreibt die Organisation in jede Anfrage.
desk-apart-nobody-means = Wer drin ist, sieht dort die Daten jeder Organisation. Kunden sehen es als nicht erfasst.
desk-tool-reason = Ein Besuch nennt den Grund
desk-tool-case = Ein Besuch nennt einen Fall
desk-always = immer
desk-optional = wenn gewünscht
desk-try = Antwortet es ohne das Gateway?
desk-try-lead = Es wird direkt gefragt, so wie jemand fragen würde, der am Gateway vorbeigeht.
desk-try-now = Jetzt fragen
desk-try-from = So sieht es dort aus, wo das Gateway läuft. <code>byleave check</code> fragt von dort, wo Sie es starten, etwa vom Rechner einer Support-Person.
desk-probe = Eine Anfrage
desk-probe-came = Ergebnis
desk-probe-status = Status
desk-probe-answered = beantwortet
desk-probe-refused = abgelehnt
desk-probe-unreachable = nicht erreicht
desk-probe-unclear = keine lesbare Antwort
desk-freezes-lead = Wer einfriert, hält Personen sofort aus allen Organisationen heraus, was auch immer diese eingestellt haben. Eine Person vom Trust Desk beginnt es; zwei heben es auf, jede mit eigenem Schlüssel. Jede Organisation sieht beides.
desk-freezes-none = Es gab noch keins.
desk-keeps-out = Ohne Zutritt: {$whom}.
desk-freeze-begun = Begonnen {$when} von {$who}.
desk-freeze-lifted-at = Aufgehoben {$when}.
desk-freeze-in-force = In Kraft
desk-freeze-lifted = Aufgehoben
desk-freeze-begin = Einfrieren
desk-freeze-whom = Ohne Zutritt
desk-freeze-why = Warum? Jede Organisation liest das
desk-freeze-on = Weiter…
desk-freeze-nothing-yet = Noch geschieht nichts.
desk-freeze-ask = Einfrieren: {$whom}?
desk-freeze-effect = Das gilt sofort:
desk-freeze-organizations = { $number ->
    [one] in <strong>{$number} Organisation</strong>
   *[other] in <strong>{$number} Organisationen</strong>
  }
desk-freeze-people = { $number ->
    [one] <strong>{$number} Support-Person oder -Dienst</strong> kann nicht hinein
   *[other] <strong>{$number} Support-Personen und -Dienste</strong> können nicht hinein
  }
desk-freeze-visits = { $number ->
    [one] <strong>{$number} offener Besuch</strong> wird getrennt
   *[other] <strong>{$number} offene Besuche</strong> werden getrennt
  }
desk-freeze-read = Jede Organisation liest:
desk-freeze-two = Zum Aufheben braucht es zwei Personen vom Trust Desk, jede mit eigenem Schlüssel.
desk-freeze-do = Jetzt einfrieren: {$whom}
desk-freeze-now = Eingefroren: {$whom}
desk-freeze-then = War eingefroren: {$whom}
desk-receipt = Beleg
desk-receipt-nobody = Niemand davon ist drin, und niemand davon kann hinein.
desk-receipt-reset = { $number ->
    [one] {$number} Verbindung am Gateway getrennt
   *[other] {$number} Verbindungen am Gateway getrennt
  }
desk-receipt-visits = { $number ->
    [one] {$number} Besuch beendet
   *[other] {$number} Besuche beendet
  }
desk-receipt-told = Protokolle, die es melden: {$told} von {$all}.
desk-receipt-rest = Die übrigen folgen von selbst.
desk-lifters = Zum Aufheben unterschrieben:
desk-lift-takes = nötig sind {$number}.
desk-lift = Aufheben
desk-lift-open = Aufheben…
desk-lift-effect = Mit zwei Unterschriften kann {$whom} wieder hinein. Die Einstellung jeder Organisation gilt dann wie zuvor: wo der Support-Zugriff gesperrt ist, bleibt er gesperrt.
desk-lift-sign = Unterschreiben, um aufzuheben
desk-lift-signed = Sie haben unterschrieben. Jetzt braucht es eine weitere Person vom Trust Desk.
desk-lift-no-key = In der Konfiguration steht kein Schlüssel von Ihnen; Sie können es nicht aufheben.
desk-signed-text = Das unterschreiben Sie:
desk-needs-script = Zum Unterschreiben braucht es hier ein Skript. Oder nehmen Sie die Kommandozeile:
desk-link = Anmeldelinks
desk-link-lead = Ein Link meldet eine Person einmal an. Er wird hier einmal gezeigt, damit Sie ihn übergeben.
desk-link-whom = Für
desk-link-find = Name, E-Mail-Adresse, Organisation oder Arbeitgeber
desk-link-make = Link erstellen
desk-link-for = Anmeldelink für {$who}
desk-link-is = Er gilt einmal, 24 Stunden lang. Übergeben Sie ihn persönlich oder auf einem Weg, der nur dieser Person gehört: wer ihn zuerst öffnet, ist angemeldet.
desk-secret-once = Das wird nur dieses Mal gezeigt.
desk-tokens = Kommandozeile
desk-tokens-lead = Ihre eigenen Token, mit denen die Kommandozeile für Sie spricht.
desk-token-make = Ein Token für sich erstellen
desk-token-yours = Ihr Token für die Kommandozeile
desk-token-is = Setzen Sie es in BYLEAVE_TOKEN ein. Es gilt 90 Tage und spricht für Sie.
desk-holder-contact = Sicherheitskontakt
desk-holder-support = Support-Person
desk-holder-service = Support-Dienst
desk-holder-desk = Person vom Trust Desk
desk-people = Personen vom Trust Desk
desk-people-lead = Sie stehen in der Konfiguration, mit den Schlüsseln, mit denen sie zustimmen.
desk-approves = Stimmt zu
desk-approves-yes = mit Schlüssel
desk-approves-no = kein Schlüssel: bereitet nur vor
desk-not-configured = nicht mehr in der Konfiguration
desk-support-people = Support-Personen und -Dienste
desk-employer = Arbeitgeber
desk-service = ein Dienst
desk-support-more = { $number ->
    [one] {$number} weitere Person ist nicht aufgeführt.
   *[other] {$number} weitere sind nicht aufgeführt.
  }
desk-support-register = Support-Person anlegen…
desk-support-register-lead = Wer sich über den Anmeldedienst anmeldet, wird beim ersten Mal angelegt. Alle anderen werden hier angelegt und melden sich mit einem Link an.
desk-support-register-do = Anlegen
desk-support-commands = Dienste werden mit dem Admin-Token angelegt: <code>byleave support-person create --service</code>. Löschen kann eine Person vom Trust Desk: <code>byleave support-person erase</code>
desk-process = Der Ablauf
desk-process-profile = Profil <code>{$profile}</code>, für einen Antrag festgelegt, wenn er eingeht.
desk-process-second = Wer einen Antrag vorbereitet hat, stimmt ihm nicht zu: das tut eine zweite Person vom Trust Desk.
desk-process-one = Einem Antrag auf Sperrung stimmt eine Person vom Trust Desk zu; sie darf ihn vorbereitet haben.
desk-process-two = Eine Freigabe ohne eigene Unterschrift des Kontakts braucht zwei Personen vom Trust Desk.
desk-process-wait = Eine Freigabe, der zugestimmt ist, gilt nach {$wait}; bis dahin kann jeder Sicherheitskontakt widersprechen.
desk-process-no-wait = Eine Freigabe, der zugestimmt ist, gilt sofort.
desk-process-number = Eine Nummer, die nicht aus dem Vertrag stammt, wird erst angerufen, wenn sie {$age} hinterlegt ist.
desk-process-any-number = Eine neue Nummer darf sofort angerufen werden.
desk-process-hours = Gespräche: <span lang="en">{$hours}</span>
desk-points = Durchsetzung
desk-points-lead = Es gibt eine Stelle, die durchsetzt: das Gateway in diesem Prozess. Es trennt Verbindungen, sobald eine Sperre gespeichert ist, und lässt niemanden hinein, den das Protokoll nicht aufnehmen kann.
desk-point-gateway = Gateway
desk-point-writer = Schreiben in die Protokolle
desk-point-ends = Enden von Anfragen
desk-point-disk = Platz auf der Platte
desk-point-clock = Uhr
desk-point-mail = Eingehende E-Mail
desk-point-well = wie es sein soll
desk-point-unwell = Nicht, wie es sein soll:
desk-logs = Protokolle
desk-logs-count = Protokolle: {$logs}, zusammen {$entries} Einträge.
desk-logs-where = Größe und neuester Checkpoint stehen auf der Seite der Organisation.
desk-log-broken = Dem Protokoll von {$organization} kann nichts hinzugefügt werden:
desk-log-closed = Niemand kommt zu {$organization} hinein: die gespeicherte Einstellung ist nicht die, die das Protokoll belegt.
desk-witnesses = Zeugen: keine. Außer den Organisationen selbst bewahrt noch niemand Checkpoints auf.
desk-mail = Ausgehende E-Mail
desk-mail-from = Briefe kommen von <code>{$from}</code>.
desk-mail-nobody = Hier schreibt niemand Briefe: kein Absender ist eingestellt.
desk-risks = In Kauf genommene Risiken
desk-risks-lead = Wer Byleave hier betreibt, hat sie namentlich in Kauf genommen.
desk-risks-none = Keine.

desk-doubt-short = Ein Besuch, der nicht wiedererkannt wird
desk-doubt-title = {$organization} erkennt einen Besuch nicht wieder
desk-doubt-by = Sagt es
desk-doubt-read = Lesen, was geschrieben wurde
desk-doubt-who = Wer kam
desk-doubt-tool = Werkzeug
desk-doubt-why = Warum
desk-doubt-no-reason = kein Grund angegeben
desk-doubt-case = Fall
desk-doubt-no-case = keiner
desk-doubt-since = Seit
desk-doubt-until = Bis
desk-doubt-inside = jetzt drinnen
desk-doubt-requests = Anfragen
desk-doubt-answered = Beantwortet von {$who}, {$when}.
desk-doubt-read-answer = Die Antwort lesen
desk-doubt-due = Die Antwort ist fällig: {$when}.
desk-doubt-was-due = Überfällig: die Antwort war fällig {$when}.
desk-doubt-told = Jeder Sicherheitskontakt bekommt sie, auch per Mail.
desk-doubt-text = Ihre Antwort
desk-doubt-answer = Antworten
desk-doubt-back = Zurück
desk-doubt-waits = <strong>Nicht wiedererkannt:</strong> {$organization} erkennt einen Besuch nicht wieder, sagt {$who}, {$when}.
desk-doubt-look = Ansehen
