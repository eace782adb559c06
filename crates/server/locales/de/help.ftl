# Die Hilfeseite, und was ihr Formular antwortet.
help-short = Support-Zugriff
help-title = Wer in Ihre Daten sehen darf, und wann
help-lead = Um Ihnen zu helfen, öffnen Support-Personen von {$vendor} manchmal unsere Werkzeuge und sehen dabei Daten Ihrer Organisation. Ob sie das dürfen, ist <strong>Ihre Entscheidung</strong>.
help-default = Jedes Mal sehen Sie, wer kam, wann, warum, und was geöffnet wurde. Zu Beginn ist der Support-Zugriff freigegeben.
help-policy = Diese Seite gehört zu {$policy}.
help-covered = Es geht um: {$tools}.
help-or-portal = Oder er beantragt es im <a href="/portal">Portal</a>.
help-disable = Support-Zugriff sperren lassen
help-disable-mail = Der Sicherheitskontakt Ihrer Organisation schickt eine E-Mail an <strong>{$address}</strong> mit drei Angaben: dem Kundennamen, der Bestätigung, dass der Support-Zugriff gesperrt werden soll, und an wen wir uns nach der Prüfung wenden.
help-disable-review = Wir prüfen den Antrag. Der Sicherheitskontakt bekommt dann ein <strong>Bestätigungsformular</strong>, das sagt, was das Sperren bedeutet, und eine Einladung zu einem <strong>Gespräch</strong>.
help-disable-meeting = Das Gespräch klärt zwei Fragen: ob die Person, die den Antrag stellt, der Sicherheitskontakt Ihrer Organisation ist, und ob verstanden ist, was im Formular steht.
help-disable-form = Wenn Sie dabei bleiben, wird das Formular unterschrieben und zurückgegeben.
help-disable-form-approved = Wenn Sie dabei bleiben, wird das Formular unterschrieben und zurückgegeben, und eine zweite Person bei uns stimmt zu.
help-disable-processed = Der Antrag wird ausgeführt. Von da an öffnet niemand vom Support ein Werkzeug Ihrer Organisation oder sieht etwas von ihr. Die Bestätigung nennt den Zeitpunkt und kommt mit einem Beleg zum Aufheben.
help-disable-key = Ein Sicherheitskontakt mit eigenem Schlüssel muss nicht warten: ein Druck auf <strong>Sperren</strong> im Portal, und es gilt sofort. Es ist vorläufig, bis die Schritte oben es bestätigen, und verfällt nie von selbst.
help-disable-learn = Sie möchten sich erst informieren?
help-disable-specimen = Lesen Sie ein Exemplar des Formulars.
help-enable = Wieder freigeben lassen
help-enable-mail = Der Sicherheitskontakt schickt eine E-Mail mit denselben drei Angaben an <strong>{$address}</strong>.
help-enable-call = Wir rufen die Nummer an, die bei uns hinterlegt ist, nie eine aus der Nachricht. Während des Anrufs zeigt die eigene Seite Ihres Sicherheitskontakts Wörter: drei, die wir sagen, und drei, die wir hören müssen, damit jede Seite weiß, dass die andere echt ist. Ein Antrag, den der Sicherheitskontakt mit dem eigenen Schlüssel oder einem Passkey an dessen Stelle unterschrieben hat, braucht keinen Anruf.
help-enable-approved = Zwei Personen bei uns stimmen zu.
help-enable-approved-other = Zwei Personen bei uns stimmen zu (bei einer Unterschrift des Sicherheitskontakts eine, die den Antrag nicht vorbereitet hat).
help-enable-wait = Es gilt nach {$wait}, und bis dahin kann jeder Ihrer Sicherheitskontakte widersprechen.
help-enable-at-once = Es gilt sofort.
help-enable-processed = Der Antrag wird ausgeführt.
help-nobody-alone = Keine Nachricht ändert von selbst etwas, und niemand kann es allein.
help-ask = Hier beantragen
help-ask-lead = Statt einer E-Mail können Sie die drei Angaben mit diesem Formular schicken. Es zählt nicht mehr als eine E-Mail: Jeder könnte es geschickt haben. Darum schreiben wir dem hinterlegten Sicherheitskontakt, bevor irgendetwas geschieht.
help-ask-customer = Kundenname
help-ask-confirmation = Bestätigung
help-ask-disable = Der Support-Zugriff soll gesperrt werden
help-ask-enable = Der Support-Zugriff soll freigegeben werden
help-ask-contact = An wen wir uns nach der Prüfung wenden
help-ask-more = Was Sie sonst noch sagen möchten
help-ask-send = Absenden
help-ask-not-sent = Die Nachricht wurde nicht gesendet: Etwas fehlt oder ist zu lang. Was Sie geschrieben haben, steht <a href="#ask">noch da</a>.
help-ask-customer-missing = Schreiben Sie den Namen Ihrer Organisation.
help-ask-contact-missing = Schreiben Sie, an wen wir uns wenden: Name und Adresse oder Telefonnummer.
help-ask-too-long = Das sind {$length} Zeichen; höchstens {$most} werden angenommen.
help-glance-disable = Sperren
help-glance-disable-how = Ihr Sicherheitskontakt beantragt es; wir prüfen, sprechen mit ihm und lassen ein Formular unterschreiben. Mit eigenem Schlüssel sperrt er sofort.
help-glance-steps = So wird gesperrt, Schritt für Schritt
help-glance-enable = Wieder freigeben
help-glance-enable-how = Ihr Sicherheitskontakt beantragt es; wir rufen die hinterlegte Nummer an, und zwei Personen stimmen zu. Niemand kann es allein.
help-glance-steps-back = So wird wieder freigegeben, Schritt für Schritt
help-contents = Auf dieser Seite
help-verify = Sehen, was geschehen ist
help-verify-log = Das Portal zeigt jeden Besuch. Dahinter liegt ein eigenes Protokoll Ihrer Organisation, das niemand nachträglich ändern kann, ohne dass es auffällt; jeder Schritt oben ist ein Eintrag darin.
help-verify-how = Das Portal prüft es in Ihrem eigenen Browser und zeigt den einen Befehl, mit dem Sie es auf Ihrem eigenen Rechner prüfen, ohne uns zu vertrauen.
help-verify-secret = das Geheimnis Ihres Protokolls
help-verify-key = der Schlüssel Ihres Protokolls
help-verify-says = Geheimnis und Schlüssel stehen im Portal. Die Antwort ist ein Satz: wie viele Besuche, von wie vielen Personen, ob der Support-Zugriff gesperrt ist, und ob etwas fehlt.
help-sign-in = Anmelden
help-sign-in-links = Anmeldelinks kommen von unserem Trust Desk; jeder gilt einmal. Danach ist Ihre Seite hier:
help-sign-in-contacts = Sicherheitskontakte: <a href="/portal">Portal</a>
help-sign-in-support = Support-Personen von {$vendor}: <a href="/support">Support</a>
help-sign-in-desk = Trust Desk von {$vendor}: <a href="/desk">Schreibtisch</a>

sent-title = Ihre Nachricht ist da
sent-short = Nachricht gesendet
sent-nothing-yet = Noch ist nichts geändert: Keine Nachricht ändert von selbst etwas, und diese hier könnte jeder geschickt haben.
sent-read = Eine Person bei uns liest sie.
sent-next = Wir schreiben dem hinterlegten Sicherheitskontakt oder rufen ihn an, und niemanden sonst. Wenn Sie das sind, ist Ihre Seite das <a href="/portal">Portal</a>.
sent-then = Er bestätigt es, und es geht mit den Schritten weiter, die auf der vorigen Seite stehen.
