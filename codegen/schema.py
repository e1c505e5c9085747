"""The JSON Schema of a layer, made from that of commands.yaml: the same words, and those of the merge."""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]

CONDITIONS = ("required", "if", "then", "else", "dependentRequired", "not", "title", "$schema")
SAID = [{"$ref": "#/$defs/removed"}, {"$ref": "#/$defs/moved"}]
PLACE = {"type": "string", "minLength": 1}
DEFS: Schema = {
    "removed": {
        "description": "It is there no longer.",
        "type": "object",
        "additionalProperties": False,
        "required": ["remove"],
        "properties": {"remove": {"$ref": "#/$defs/true"}, "name": {"$ref": "#/$defs/name"}},
    },
    "moved": {
        "description": "It stands elsewhere, and nothing else of it changes.",
        "type": "object",
        "additionalProperties": False,
        "minProperties": 1,
        "properties": {"after": PLACE, "before": PLACE},
    },
    "words": {
        "description": "Some more of a list of words, some fewer.",
        "type": "object",
        "additionalProperties": False,
        "minProperties": 1,
        "properties": {
            "add": {"type": "array", "minItems": 1, "uniqueItems": True},
            "remove": {"type": "array", "minItems": 1, "uniqueItems": True},
        },
    },
}
TAKES: Schema = {
    "description": "What a family takes from commands.yaml: names, by part.",
    "type": "object",
    "minProperties": 1,
    "additionalProperties": {
        "type": "array",
        "minItems": 1,
        "uniqueItems": True,
        "items": {"type": "string", "minLength": 1},
    },
    "propertyNames": {
        "enum": [
            "groups",
            "packages",
            "states",
            "errors",
            "reasons",
            "answers",
            "enums",
            "commands",
            "urcs",
        ]
    },
}
MERGE: Schema = {
    "replace": {"description": "What stands beside this is all.", "$ref": "#/$defs/true"},
    "after": {"description": "Where it stands among the others.", **PLACE},
    "before": {"description": "Where it stands among the others.", **PLACE},
}


def layered(schema: Schema) -> Schema:
    """The schema of a layer over what `schema` describes."""
    made: Schema = _of_a_layer(schema)
    made["$defs"] = {name: _of_a_layer(each) for name, each in schema["$defs"].items()} | DEFS
    for word in MERGE:
        made["properties"].pop(word)
    made["properties"]["after"] = {
        "description": "The revision, edition or family that this is laid over.",
        "$ref": "#/$defs/line",
    }
    made["properties"]["takes"] = TAKES
    head = {"$schema": schema["$schema"], "title": "The vocabulary of a layer"}
    return {**head, "oneOf": [{"required": ["after"]}, {"required": ["takes"]}], **made}


def _of_a_layer(schema: Any) -> Any:
    if not isinstance(schema, dict):
        return schema
    made = {key: each for key, each in schema.items() if key not in (*CONDITIONS, "$defs")}
    for key in ("allOf", "anyOf"):
        if key in made:
            options = [_of_a_layer(each) for each in made.pop(key)]
            options = [each for each in options if each]
            if options:
                made[key] = options
    if "properties" in made:
        each = made["properties"].items()
        made["properties"] = {name: _or_removed(value) for name, value in each} | MERGE
    if isinstance(made.get("additionalProperties"), dict):
        made["additionalProperties"] = _or_removed(made["additionalProperties"])
    if "items" in made:
        made["items"] = _or_removed(made["items"])
    if made.get("type") == "array":
        return {"anyOf": [made, {"$ref": "#/$defs/words"}]}
    return made


def _or_removed(schema: Any) -> Schema:
    return {"anyOf": [_of_a_layer(schema), *SAID]}
