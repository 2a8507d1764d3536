"""Compares a reply with the SDK's model of it: every field known, every type as stated."""

import functools
import inspect
import typing

from clients.common import PRODUCTS


# Modelled as numbers, although the vendor's own examples of them are texts (a uuid, a time, a hex id).
TEXTS = {
    "CreateAssetSelectionConfig.Data.SelectionKey",
    "DescribeStrategy.Strategies.UserModifyTime",
    "GetLastOnceTaskInfo.TaskId",
}


def check(action, body):
    """Fails on a field of the reply that the SDK's model lacks or types differently."""
    model = getattr(PRODUCTS[action.product][1], action.name + "ResponseBody")()
    fits_model(body, model.from_map(body), action.name)


def fits_model(raw, model, path):
    attributes = wire_names(type(model))
    for name, value in raw.items():
        assert name in attributes, f"{path}.{name} is not in the SDK's model"
        attribute, hint = attributes[name]
        fits_type(value, getattr(model, attribute), hint, f"{path}.{name}")


def fits_type(raw, parsed, hint, path):
    origin = typing.get_origin(hint)
    if origin is list:
        assert isinstance(raw, list), f"{path} is not a list"
        for raw_item, item in zip(raw, parsed, strict=True):
            fits_type(raw_item, item, typing.get_args(hint)[0], path)
    elif origin is dict:
        assert isinstance(raw, dict), f"{path} is not a map"
        for name, value in raw.items():
            fits_type(value, parsed[name], typing.get_args(hint)[1], f"{path}.{name}")
    elif hasattr(hint, "to_map"):
        fits_model(raw, parsed, path)
    elif hint is not typing.Any:
        # bool is an int in Python, not on the wire.
        stated = str if path in TEXTS else hint
        fitting = (int, float) if stated is float else (stated,)
        assert type(parsed) in fitting, f"{path} is a {type(parsed).__name__}, not a {stated.__name__}"


@functools.cache
def wire_names(model):
    """Wire name to attribute and type, found by setting one attribute at a time."""
    hints = typing.get_type_hints(model.__init__, vars(inspect.getmodule(model)) | all_models(model))
    hints.pop("return", None)
    blank, names = model().to_map(), {}
    for attribute, hint in hints.items():
        single = model()
        setattr(single, attribute, sample(hint))
        # A list is always there, empty; what differs from a blank model is this attribute.
        (name,) = [name for name, value in single.to_map().items() if blank.get(name) != value]
        names[name] = (attribute, hint)
    return names


def all_models(model):
    """The classes that a model's annotations may name: the package `models` it belongs to."""
    package = model.__module__.split(".models")[0]
    (models,) = [models for _, models in PRODUCTS.values() if models.__name__.startswith(package + ".")]
    return {"main_models": models}


def sample(hint):
    origin = typing.get_origin(hint)
    if origin is list:
        return [sample(typing.get_args(hint)[0])]
    if origin is dict:
        return {"sample": sample(typing.get_args(hint)[1])}
    return hint() if hasattr(hint, "to_map") else "sample"
