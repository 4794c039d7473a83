# Les messages de Ringfence en français, dans la syntaxe de Project Fluent. Mêmes clés et mêmes variables que les autres langues.
# Une espace insécable se met avant : ; ? ! et à l'intérieur des guillemets ; un test y veille.

as-written = { $text }

## Pourquoi un nouveau mot de passe est refusé (guard::password::policy)

policy-empty = Saisissez un mot de passe.
policy-too-long = Utilisez au plus { $max } caractères.
policy-too-short = Utilisez au moins { $min } caractères (celui-ci en compte { $has }).
policy-lacks-uppercase = Utilisez au moins une majuscule.
policy-lacks-lowercase = Utilisez au moins une minuscule.
policy-lacks-number = Utilisez au moins un chiffre.
policy-lacks-symbol = Utilisez au moins un caractère qui n’est ni une lettre ni un chiffre, par exemple une espace.
policy-pattern = Ce mot de passe n’a pas la forme demandée ici.
policy-pattern-broken = Aucun mot de passe ne peut être défini pour l’instant : la règle qui en fixe la forme est illisible. Prévenez votre administrateur.
policy-listed = Ce mot de passe figure dans une liste de ceux que l’on essaie en premier.
policy-listed-bare = Ces chiffres et ces signes se suivent dans un ordre facile à deviner. Ajoutez des lettres ou choisissez un ordre moins régulier.
policy-list-unreadable = Aucun mot de passe ne peut être défini pour l’instant : la liste de ceux qui sont interdits est illisible. Prévenez votre administrateur.
policy-has-username = N’y mettez pas votre nom d’utilisateur.
policy-has-email = N’y mettez pas votre adresse électronique.
policy-has-product = N’y mettez pas le nom de ce programme.
policy-has-name = N’y mettez pas le nom d’un site ou d’une organisation.
policy-current = C’est votre mot de passe actuel. Choisissez-en un autre.
policy-former =
    { $count ->
        [one] C’est votre mot de passe précédent. Choisissez-en un autre.
       *[other] C’est l’un de vos { $count } mots de passe précédents. Choisissez-en un autre.
    }
policy-former-unknown = Le mot de passe n’a pas pu être comparé à vos mots de passe précédents. Réessayez.
policy-weak = Ce mot de passe est trop facile à deviner.
policy-strength-unknown = La solidité de ce mot de passe n’a pas pu être évaluée. Choisissez-en un autre.

## La solidité d'un mot de passe (guard::password::policy::strength)

strength-0 = Très faible
strength-1 = Faible
strength-2 = Moyen
strength-3 = Bon
strength-4 = Fort

strength-warns-rows = Des touches voisines sur une même rangée sont parmi les premiers essais.
strength-warns-keyboard = Les petits motifs sur le clavier sont parmi les premiers essais.
strength-warns-repeat = Un même caractère répété se devine vite.
strength-warns-repeats = Répéter un court morceau ne le rend guère plus difficile à deviner.
strength-warns-top-10 = Presque aucun mot de passe n’est plus utilisé.
strength-warns-top-100 = C’est l’un des cent mots de passe les plus utilisés.
strength-warns-common = Beaucoup de gens utilisent ce mot de passe.
strength-warns-similar = Il ressemble à un mot de passe que beaucoup de gens utilisent.
strength-warns-sequence = Des lettres ou des chiffres dans leur ordre habituel se devinent vite.
strength-warns-year = Les années récentes se devinent vite.
strength-warns-word = Un mot seul se devine vite.
strength-warns-date = Les dates se devinent vite.
strength-warns-name-alone = Un nom tout seul se devine vite.
strength-warns-name = Les noms répandus se devinent vite.

strength-advises-words = Prenez plusieurs mots sans rapport entre eux.
strength-advises-no-need = Ni chiffres, ni signes, ni majuscules ne sont nécessaires.
strength-advises-more-words = Ajoutez un ou deux mots, de préférence rares.
strength-advises-capitals = Une majuscule au début n’aide guère.
strength-advises-all-capitals = Tout écrire en majuscules n’aide guère.
strength-advises-reversed = Écrire un mot à l’envers n’aide guère.
strength-advises-substitution = Mettre des chiffres ou des signes à la place des lettres n’aide guère.
strength-advises-keyboard = Faites un trajet plus long sur le clavier, avec plus de détours.
strength-advises-no-repeat = Ne répétez ni mots ni caractères.
strength-advises-no-sequence = Évitez les caractères dans leur ordre habituel.
strength-advises-no-year = Évitez les années récentes.
strength-advises-no-own-year = Évitez les années qui ont un rapport avec vous.
strength-advises-no-own-date = Évitez les dates et les années qui ont un rapport avec vous.

## New passwords, in words before one is typed

rule-length = Au moins { $min } caractères. Quelques mots valent mieux que quelques symboles.
rule-uppercase = Une lettre majuscule.
rule-lowercase = Une lettre minuscule.
rule-number = Un chiffre.
rule-symbol = Un caractère qui n’est ni une lettre ni un chiffre.
rule-pattern = La forme demandée par votre administrateur.
rule-history =
    { $count ->
        [one] Pas votre mot de passe précédent.
       *[other] Aucun de vos { $count } derniers mots de passe.
    }
rule-strong = Difficile à deviner.

## What every page says

nav-home = Accueil
nav-subnets = Sous-réseaux
nav-vlans = VLAN
nav-vrfs = VRF
nav-sites = Sites
nav-tags = Étiquettes
nav-import = Importation
nav-audit = Audit
nav-security = Sécurité
nav-users = Utilisateurs
nav-settings = Paramètres
nav-keys = Clés d’API
nav-account = Votre compte
nav-main = Principale
nav-menu = Menu
nav-skip = Aller au contenu
nav-search = Chercher dans le plan d’adressage
nav-search-hint = Adresse, préfixe, nom, MAC, propriétaire, étiquette
nav-logout = Se déconnecter
nav-colours = Couleurs
nav-language = Langue
theme-light = Clair
theme-dark = Sombre
theme-system = Système
word-done = Fait
word-note = Remarque
word-warning = Attention
word-failed = Échec
word-cancel = Annuler
word-continue = Continuer
word-save = Enregistrer
word-never = jamais
word-reason = Motif
word-show = Afficher
form-correct = À corriger :
form-stale = Quelqu’un l’a modifié entre-temps. L’état actuel figure ci-dessous ; votre saisie est conservée.
reason-empty = Indiquez le motif : le journal d’audit le conserve.
reason-hint = Le journal d’audit le conserve.
banner-given = Votre mot de passe a été choisi par quelqu’un d’autre. Choisissez-en un que vous seul connaissez.
banner-set = Choisir un mot de passe

## Errors

error-number = Erreur { $status }
error-request = Requête
error-title-400 = Cette requête n’a pas été comprise
error-title-403 = Cela ne vous est pas ouvert
error-title-404 = Il n’y a rien ici
error-title-409 = Quelque chose s’y oppose
error-title-412 = Quelqu’un a été plus rapide
error-title-413 = C’est trop volumineux
error-title-421 = Ce serveur ne répond pas sous ce nom
error-title-429 = Trop de requêtes
error-title-503 = Pas pour le moment
error-title-500 = Une panne s’est produite de notre côté
error-advice-400 = Revenez en arrière et réessayez ; si cela se reproduit, prévenez votre administrateur.
error-advice-403 = Votre rôle ne le permet pas, ou la page était ouverte depuis trop longtemps. Revenez en arrière, rechargez et réessayez ; pour d’autres droits, adressez-vous à un administrateur.
error-advice-404 = L’objet a peut-être été supprimé ou déplacé. Cherchez-le, ou partez de l’accueil.
error-advice-409 = Voyez ce qui s’y oppose, puis réessayez.
error-advice-412 = L’objet a été modifié après son ouverture. Ouvrez-le de nouveau et refaites la modification.
error-advice-413 = Partagez le fichier, ou importez-le par la ligne de commande du serveur.
error-advice-421 = Utilisez l’adresse donnée par votre administrateur. Administrateurs : c’est public_url dans ringfence.toml.
error-advice-429 = Attendez un peu, puis réessayez.
error-advice-503 = Le serveur est occupé ou sa base de données est injoignable. Réessayez dans une minute ; rien de ce qui est à vous n’a changé.
error-advice-500 = Rien de ce qui est à vous n’a changé. Réessayez ; si cela se reproduit, donnez à votre administrateur le numéro ci-dessous.
error-stale = La page était ouverte depuis trop longtemps. Rechargez-la : votre saisie revient, sauf mots de passe et fichiers.
error-foreign = La requête ne venait pas d’une de nos pages.
error-logged-out = Vous n’êtes plus connecté. Reconnectez-vous : votre saisie revient, sauf mots de passe et fichiers.
error-load-again = Recharger la page
error-search = Chercher

## Logging in

login-title = Connexion
login-name = Nom
login-password = Mot de passe
login-button = Se connecter
login-proxy = Se connecter par le mandataire
login-forgot = Mot de passe oublié ?
login-wrong = Le nom ou le mot de passe est incorrect.
login-no-passwords = Les mots de passe ne sont pas acceptés ici.
login-proxy-unknown = Vous êtes connecté au mandataire, mais sous un nom qui ne peut pas se connecter ici. Demandez un compte à un administrateur.
login-idle = Votre session a pris fin faute d’utilisation. Votre saisie est conservée, sauf mots de passe et fichiers.
login-wait-seconds = Trop d’essais. Réessayez dans { $count } secondes.
login-wait-minutes = Trop d’essais. Réessayez dans { $count } minutes.
login-wait-hours = Trop d’essais. Réessayez dans { $count } heures.
login-meanwhile = Un navigateur qui s’est déjà connecté à ce compte, une clé d’API et l’authentification unique continuent de fonctionner.
login-wait = Attendez
login-link = M’envoyer un lien pour ce navigateur
login-link-sent = Si un compte porte ce nom et possède une adresse électronique, un lien est en route. Ouvrez-le dans ce navigateur, puis connectez-vous.
login-one-more = Encore une étape
login-one-more-hint = Rien n’a encore été vérifié. Saisissez de nouveau le mot de passe, répondez à la question ci-dessous et connectez-vous.
login-person = Prouvez que vous êtes une personne
login-picture = Cinq lettres et chiffres. L’enregistrement ci-dessous dit la même chose.
login-sound = Les mêmes lettres et chiffres, dits en anglais
login-picture-label = Ce que vous voyez, ou entendez
login-picture-hint = Cinq lettres et chiffres ; majuscule ou minuscule, peu importe. Saisissez la lettre elle-même.
login-another = Une autre image
login-puzzle = Votre navigateur résout un petit calcul. Cela prend environ une seconde.
login-trap = Laissez ce champ vide
login-no-script = Votre navigateur n’exécute pas de scripts.
login-use-picture = Utiliser une image
browser-title = Faire connaître ce navigateur
browser-says = Votre compte acceptera de nouveau votre mot de passe depuis ce navigateur, quel que soit le nombre d’échecs d’inconnus. Cela ne vous connecte pas.
browser-done = Ce navigateur est connu. Connectez-vous avec votre mot de passe.
link-over = Ce lien a déjà servi ou a expiré. Demandez-en un nouveau.
link-no-mail = Aucun lien ne peut être envoyé ici : le courrier est désactivé, ou public_url n’est pas défini. Affichez le lien et transmettez-le.
link-no-address = Ce compte n’a pas d’adresse électronique. Affichez le lien et transmettez-le.

setup-title = Bienvenue. Créez le premier administrateur.
setup-once = Ce lien ne sert qu’une fois. Vous ajouterez les autres comptes plus tard.
setup-over = Ce lien d’installation a déjà servi ou a expiré. Affichez-en un nouveau avec `ringfence setup`.
setup-name-hint = Le nom sous lequel vous vous connecterez.
setup-email = Adresse électronique
setup-email-empty = Saisissez une adresse électronique.
setup-button = Créer l’administrateur et se connecter

forgot-title = Choisir un nouveau mot de passe
forgot-says = Un courrier avec un lien est envoyé à l’adresse électronique du compte. Le lien sert une fois, pendant une heure.
forgot-name = Nom ou adresse électronique
forgot-button = M’envoyer un lien
forgot-sent = Si ce compte existe et possède une adresse électronique, un courrier est en route. Cela peut prendre une minute ; regardez aussi dans les indésirables.
forgot-back = Retour à la connexion

reset-title = Choisissez votre mot de passe
reset-for = Pour le compte { $name }.
reset-button = Enregistrer le mot de passe
reset-done = Votre mot de passe est enregistré. Connectez-vous.
reset-new = Nouveau mot de passe

email-title = Confirmez votre adresse
email-says = Le compte qui l’a demandé utilisera désormais { $email }.
email-button = Utiliser cette adresse
email-done = Votre compte utilise désormais la nouvelle adresse.
email-empty = Saisissez une adresse électronique.
email-same = C’est déjà l’adresse de votre compte.
email-no-mail = Aucun courrier ne peut être envoyé à une nouvelle adresse : le courrier est désactivé, ou public_url n’est pas défini. Demandez à un administrateur de la changer.
email-taken = Un autre compte utilise déjà cette adresse.
email-malformed = Saisissez une adresse électronique, par exemple ada@example.org.
email-sent = Un courrier est en route vers { $email }. Votre compte utilisera cette adresse dès que vous aurez ouvert le lien qu’il contient.

## One's own account

account-title = Votre compte
account-profile = Profil
account-password = Mot de passe
account-sessions = Sessions
profile-name = Nom affiché
profile-name-hint = Vide : votre nom de connexion, { $name }.
profile-zone = Fuseau horaire
profile-zone-hint = Les heures sont affichées dans ce fuseau. Vide : { $zone }.
profile-language = Langue
profile-language-browser = Celle que demande le navigateur
profile-theme = Couleurs
profile-saved = Enregistré.
profile-no-zone = Ce fuseau horaire n’existe pas. Utilisez un nom comme Europe/Paris.
profile-no-language = Cette langue n’existe pas ici.
profile-email = Adresse électronique
profile-email-says = Les courriers au sujet de votre compte y sont envoyés, et elle permet de choisir un nouveau mot de passe.
profile-email-none = Votre compte n’a pas d’adresse.
profile-email-verified = confirmée
profile-email-unverified = non confirmée
profile-email-pending = Un courrier a été envoyé à { $email }. Tant que son lien n’est pas ouvert, l’adresse actuelle reste.
profile-email-new = Nouvelle adresse
profile-email-button = Envoyer le courrier
password-title = Mot de passe
password-current = Mot de passe actuel
password-new = Nouveau mot de passe
password-button = Changer le mot de passe
password-ends = Vos autres sessions prennent fin, et les navigateurs connus de votre compte redeviennent inconnus.
password-must = Choisissez un nouveau mot de passe avant de continuer.
password-done = Votre mot de passe est changé. Vos autres sessions ont pris fin.
password-current-wrong = Ce n’est pas votre mot de passe actuel.
password-changed-meanwhile = Le mot de passe a changé entre-temps. Rechargez la page.
password-elsewhere = Votre compte n’a pas de mot de passe ici : vous vous connectez ailleurs. Un administrateur peut vous envoyer un lien pour en choisir un.
sessions-title = Sessions
sessions-says = Partout où vous êtes connecté. Dix au plus à la fois ; la plus ancienne prend fin quand une autre commence.
sessions-this = celle-ci
sessions-browser = Navigateur
sessions-address = Adresse
sessions-began = Début
sessions-seen = Dernière utilisation
sessions-end = Terminer
sessions-end-others = Terminer toutes les autres
sessions-ended = La session est terminée.
sessions-gone = Cette session avait déjà pris fin.
sessions-others-ended =
    { $count ->
        [0] Il n’y avait pas d’autre session.
        [one] L’autre session est terminée.
       *[other] { $count } autres sessions sont terminées.
    }
sessions-unknown = navigateur inconnu
idle-title = Êtes-vous toujours là ?
idle-says = Votre session prend fin dans { $seconds } secondes faute d’utilisation. Votre saisie est conservée, sauf mots de passe et fichiers.
idle-stay = Rester connecté
kept-back = Votre saisie est revenue. Vérifiez-la et envoyez-la de nouveau.

## Users

users-title = Utilisateurs
users-new = Nouvel utilisateur
users-new-says = Vous ne choisissez de mot de passe pour personne : le nouvel utilisateur reçoit un lien, valable un jour, et choisit le sien.
users-name = Nom de connexion
users-email = Adresse électronique
users-role = Rôle
users-state = État
users-last = Dernière connexion
users-link = Lien
users-link-mail = L’envoyer par courrier
users-link-show = Me l’afficher
users-create = Créer l’utilisateur
users-created = { $name } est créé, et le lien est en route.
users-fresh = Le lien pour { $name }. Il est affiché une fois et sert une fois, pendant un jour : transmettez-le de façon sûre.
role-viewer = Lecteur
role-operator = Opérateur
role-admin = Administrateur
role-viewer-says = Voit tout le plan d’adressage. Ne modifie rien.
role-operator-says = Tient le plan d’adressage : sous-réseaux, adresses, VLAN, VRF, sites, étiquettes, importations. Voit le journal d’audit.
role-admin-says = Tient aussi l’installation : utilisateurs, paramètres, barrière de connexion, clés d’API de tous.
state-active = actif
state-inactive = inactif
state-invited = n’a pas choisi de mot de passe
state-locked = verrouillé jusqu’à { $until }
expiry-never = Jamais
expiry-can = À l’âge fixé par les paramètres
expiry-forced = Maintenant : à la prochaine connexion
expiry-one-time = Après une connexion
user-exists = Un utilisateur porte déjà ce nom.
user-name-email = Utilisez un nom sans @ : l’adresse électronique a son propre champ.
user-facts = Données
user-expiry = Le mot de passe expire
user-since = Créé
user-password-set = Mot de passe choisi
user-saved = Enregistré.
user-role-title = Rôle
user-role-button = Changer le rôle
user-role-done = { $name } a maintenant le rôle { $role }. Les sessions du compte ont pris fin.
user-active-title = Accès
user-deactivate = Désactiver
user-deactivate-says = Un compte inactif ne peut pas se connecter ; sessions, clés d’API et liens cessent aussitôt de fonctionner. Rien n’est supprimé.
user-deactivated = { $name } ne peut plus se connecter. Les sessions ont pris fin, les clés d’API ne fonctionnent plus.
user-activate = Activer
user-activated = { $name } peut de nouveau se connecter.
user-unlock-title = Verrou
user-unlock-says = Trop d’essais ont échoué. Déverrouiller ouvre le compte à tous les navigateurs aussitôt.
user-unlock = Déverrouiller
user-unlocked = { $name } est de nouveau ouvert.
user-not-locked = Rien ne retenait { $name }.
user-sessions-title = Sessions
user-sessions-none = Connecté nulle part.
user-sessions-button = Terminer toutes les sessions
user-sessions-done =
    { $count ->
        [0] Il n’y avait pas de session à terminer.
        [one] Une session est terminée.
       *[other] { $count } sessions sont terminées.
    }
user-link-title = Choisir un mot de passe
user-link-says = Un lien avec lequel le propriétaire choisit un mot de passe : une fois, pendant un jour. Les liens précédents ne valent plus.
user-link-mail = Envoyer un lien
user-link-show = Afficher un lien
user-link-mailed = Un lien est en route vers { $email }.
user-delete = Supprimer
user-delete-title = Supprimer { $name }
user-delete-says = Le compte disparaît, avec ses sessions, clés d’API, navigateurs connus et liens. Ce qu’il a fait reste dans le journal d’audit.
user-delete-instead = Pour tenir quelqu’un à l’écart un moment, désactivez plutôt le compte.
user-delete-name = Saisissez le nom de connexion : { $name }
user-type-name = Saisissez exactement le nom de connexion : { $name }.
user-deleted = { $name } est supprimé.
user-not-yourself = Vous ne pouvez pas retirer vos propres droits. Demandez à un autre administrateur.
user-last-admin = C’est le dernier administrateur qui peut se connecter. Nommez-en un autre d’abord.
user-inactive-link = Le compte est inactif. Activez-le d’abord.
user-link-yourself = Vous ne pouvez pas créer de lien pour votre propre mot de passe. Changez-le dans Votre compte.
user-email-yourself = Changez votre propre adresse dans Votre compte : votre mot de passe y est demandé.
user-one-time-yourself = Vous ne pouvez pas limiter votre propre mot de passe à une connexion.

## What the owner of an account is told at the next login

notice-failures = { $failures } essais manqués de suite ont précédé cette connexion.
notice-new-place = Le { $at }, votre compte a été utilisé depuis un nouveau lieu : { $client }.
notice-browser-dropped = Le { $at }, un navigateur connu de votre compte a échoué si souvent qu’il est redevenu inconnu.
notice-rule = Le { $at }, une règle de la barrière a signalé un essai sur votre compte depuis { $client }.
notice-other = Quelque chose d’inhabituel est arrivé à votre compte le { $at }.
notice-crowded = Vous étiez déjà connecté dix fois : la session la plus ancienne a pris fin.
notice-advice = Consultez le journal d’audit, ou un administrateur, si ce n’était pas vous.

## Letters

mail-browser-subject = Faire connaître un navigateur à { $site }
mail-browser-body =
    Bonjour { $name },

    quelqu’un, sans doute vous, veut se connecter à { $site } avec un navigateur que votre compte ne connaît pas. Tant qu’un compte est fermé à cause d’essais manqués, seuls les navigateurs connus continuent.

    Ouvrez ce lien dans ce navigateur, dans l’heure. Il fait connaître le navigateur ; il ne connecte pas.
    { $link }

    Si vous n’avez rien demandé, ne faites rien.
mail-reset-subject = Choisir un nouveau mot de passe pour { $site }
mail-reset-body =
    Bonjour { $name },

    quelqu’un, sans doute vous, a demandé un nouveau mot de passe pour votre compte { $site }.

    Ouvrez ce lien dans l’heure et choisissez-en un. Il sert une fois. Toutes vos sessions prendront fin.
    { $link }

    Si vous n’avez rien demandé, ne faites rien : votre mot de passe reste le même.
mail-invite-subject = Votre compte { $site }
mail-invite-body =
    Bonjour { $name },

    un administrateur vous envoie un lien pour choisir le mot de passe de votre compte { $site }. Votre nom de connexion est { $login }.

    Ouvrez-le dans la journée. Il sert une fois.
    { $link }
mail-changed-subject = Votre mot de passe { $site } a changé
mail-changed-body =
    Bonjour { $name },

    le mot de passe de votre compte a été changé par quelqu’un qui connaissait le précédent.

    Si c’était vous, il n’y a rien à faire. Sinon, choisissez-en un autre aussitôt et prévenez un administrateur :
    { $link }/
mail-reset-done-body =
    Bonjour { $name },

    le mot de passe de votre compte a été choisi par un lien à usage unique.

    Si c’était vous, il n’y a rien à faire. Sinon, prévenez aussitôt un administrateur :
    { $link }/
mail-email-subject = Confirmez votre adresse pour { $site }
mail-email-body =
    Bonjour { $name },

    votre compte { $site } doit utiliser cette adresse. Ouvrez ce lien dans la journée pour confirmer :
    { $link }

    Si vous n’avez rien demandé, ne faites rien.
mail-email-asked-subject = Une autre adresse pour votre compte { $site }
mail-email-asked-body =
    Bonjour { $name },

    quelqu’un qui connaissait votre mot de passe a demandé que votre compte utilise une autre adresse électronique. Celle-ci reste jusqu’à la confirmation de l’autre.

    Si ce n’était pas vous, changez aussitôt de mot de passe et prévenez un administrateur :
    { $link }/
mail-email-changed-subject = Votre compte { $site } utilise une autre adresse
mail-email-changed-body =
    Bonjour { $name },

    les courriers au sujet de votre compte vont désormais à une autre adresse électronique.

    Si ce n’était pas vous, prévenez aussitôt un administrateur :
    { $link }/
mail-failures-subject = Une connexion à { $site } après de nombreux échecs
mail-failures-what = quelqu’un s’est connecté à votre compte après { $failures } essais manqués de suite
mail-new-place-subject = Une connexion à { $site } depuis un nouveau lieu
mail-new-place-what = quelqu’un s’est connecté à votre compte depuis { $client }, avec un navigateur et un réseau qui n’avaient pas encore servi
mail-rule-subject = Un essai de connexion à { $site }
mail-rule-in = une règle de la barrière de connexion vous signale un essai sur le compte { $account } depuis { $client } ; la connexion a réussi
mail-rule-refused = une règle de la barrière de connexion vous signale un essai sur le compte { $account } depuis { $client } ; la connexion a été refusée
mail-notice-body =
    Bonjour,

    le { $at }, { $what }.

    Si c’était vous, il n’y a rien à faire. Sinon, changez de mot de passe et prévenez un administrateur :
    { $link }/
