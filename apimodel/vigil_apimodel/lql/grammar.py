r"""The grammar of the Logging query language.

Sources: https://cloud.google.com/logging/docs/view/logging-query-language (2024-05-15) and the specification it refers
to, https://google.aip.dev/160. NOT binds tightest, then OR, then AND; AND may be left out; `-` stands for NOT.

A word is one terminal, dots included, since no space may stand within a path: `a.b` is a path, `a .b` is not. In the
place of a term a leading `-` negates, in the place of a value it belongs to a number; the contextual lexer tells them
apart.
"""

_QUOTED = r'"(?:[^"\\]|\\.)*"'
_REST = r"""(?:[^\s~=():<>,*."\\!]|!(?![=~]))"""
_FIRST = r"""(?:[^\s~=():<>,*."\\!+\-']|!(?![=~]))"""

WORD = rf"(?:{_QUOTED}|{_FIRST}{_REST}*)(?:\.(?:{_QUOTED}|{_REST}+))*"
"""A path or text: segments joined by dots, each bare or in double quotes."""

SEGMENT = rf"{_QUOTED}|{_REST}+"
"""One segment of a word."""

GRAMMAR = r"""
start: expr?                                  -> query

?expr: either
     | expr either                            -> both
     | expr _AND either                       -> both
?either: term
       | either _OR term                      -> either
?term: simple
     | (_NOT | _MINUS) simple                 -> negated
?simple: WORD                                 -> restriction
       | field OPERATOR value                 -> comparison
       | call                                 -> predicate
       | VARIABLE                             -> variable
       | "(" expr ")"

field: WORD                                   -> path
     | call                                   -> computed_field
?value: literal
      | STAR                                  -> present
      | "(" values ")"
?values: value_either
       | values value_either                  -> both_values
       | values _AND value_either             -> both_values
?value_either: value_term
             | value_either _OR value_term    -> either_value
?value_term: literal
           | (_NOT | _MINUS) literal          -> negated_value
           | "(" values ")"
           | (_NOT | _MINUS) "(" values ")"   -> negated_value
literal: (WORD | SIGNED)                      -> text
       | call                                 -> computed_value

call: FUNCTION "(" [argument ("," argument)*] ")"
argument: WORD                                -> word_argument
        | SIGNED                              -> text
        | call                                -> computed_argument

_AND.4: /AND(?![^\s~=():<>,*."\\!])/
_OR.4: /OR(?![^\s~=():<>,*."\\!])/
_NOT.4: /NOT(?![^\s~=():<>,*."\\!])/
_MINUS.1: /-(?!-)/
OPERATOR.3: /!=|!~|=~|>=|<=|=|>|<|:/
STAR: "*"
VARIABLE.3: /\$\{[\w.]+\}(?=[\s()]|$)/
SIGNED.2: /[-+]\d+(?:\.\d+)?(?:[eE][-+]?\d+)?(?=[\s(),]|$)/
FUNCTION.3: /(?i:log_id|source|sample|ip_in_net|search|cast|regexp_extract|timezone|time_zone)(?=\s*\()/
          | /(?!(?:AND|OR|NOT)\()[A-Za-z_][\w.]*(?=\()/
WORD.0: /(?!(?:AND|OR|NOT)(?![^\s~=():<>,*."\\!]))@WORD@/s

%ignore /\s+/
%ignore /--[^\n]*/
""".replace("@WORD@", WORD)
