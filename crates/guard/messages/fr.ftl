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
