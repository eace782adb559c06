# Adressen für Kopien, im Portal und am Desk.
notices-title = Adressen für Kopien
notices-lead = Höchstens drei eigene Adressen, etwa ein Postfach, das mehrere lesen, bekommen eine Kopie jeder Mail an Sie alle. Sie entscheiden nichts. Am besten ist eine, deren Post nicht dort ankommt, wo Ihre ankommt.
notices-asked = Der Anbieter bittet darum, dass Kopien stattdessen an diese Adressen gehen: <strong>{$addresses}</strong>. Es ändert sich nichts, solange niemand von Ihnen zustimmt.
notices-asked-none = Der Anbieter bittet darum, dass keine Kopien mehr verschickt werden. Es ändert sich nichts, solange niemand von Ihnen zustimmt.
notices-asked-short = Der Anbieter bittet darum, dass Kopien der Mails an Sie an andere Adressen gehen.
notices-asked-look = Entscheiden Sie, ob es so sein soll
notices-agree = So soll es sein
notices-leave = Es bleibt, wie es ist
notices-address = Adresse {$number}
notices-save = Kopien an diese Adressen schicken
notices-told = Eine Änderung steht in Ihrem Protokoll; Sie alle, diese Adressen und die bisherigen erfahren davon.
notices-desk = Kopien der Mails an alle Kontakte gehen an <strong>{$addresses}</strong>.
notices-desk-none = Kopien der Mails an alle Kontakte gehen nirgendwohin.
notices-desk-means = Eine solche Adresse weist niemanden aus: Eine Mail von dort kann von jedem sein.
notices-desk-asked = Die Verwaltung bittet darum, dass sie stattdessen an <strong>{$addresses}</strong> gehen. Einer der Kontakte entscheidet darüber im Portal.
notices-desk-asked-none = Die Verwaltung bittet darum, dass sie nirgendwohin mehr gehen. Einer der Kontakte entscheidet darüber im Portal.
