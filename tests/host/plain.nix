# A value as JSON can say it: a package is its path, a function only that it is one
let
  plain =
    value:
    if builtins.isFunction value then
      { _type = "function"; }
    else if builtins.isList value then
      map plain value
    else if builtins.isAttrs value then
      if value ? outPath then
        "${value}"
      else if value ? _type && value._type == "if" && !value.condition then
        # What is set under a condition is looked at only where it holds.
        {
          inherit (value) _type condition;
          content = null;
        }
      else
        builtins.mapAttrs (_: plain) value
    else
      value;
in
plain
