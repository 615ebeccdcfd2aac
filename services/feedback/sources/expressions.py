"""JMESPath with limits on length, work and size: no expression and no payload can block a worker."""

from collections.abc import Iterable
from typing import Any, cast

from jmespath.exceptions import JMESPathError
from jmespath.parser import ParsedResult, Parser
from jmespath.visitor import Options, TreeInterpreter
from pydantic import JsonValue

from services.feedback.sources.functions import OWN_FUNCTIONS, MappingFunctions

EXPRESSION_CHARS_MAX = 500
STEPS_MAX = 1_000_000  # from 0.3 to 3 s of work, by what is evaluated
STRING_CHARS_PER_STEP = 64
NUMBER_MAX = 2**63
DEPTH_MAX = 100


class ExpressionRefused(ValueError):
    """The text is not a usable JMESPath expression."""


class ExpressionFailed(ValueError):
    """The expression cannot be evaluated on this payload; `kind` names why, never its content.

    `function` is the one of ours that could not read what it was `given`.
    """

    def __init__(self, kind: str, function: str | None = None, given: JsonValue = None) -> None:
        super().__init__(kind)
        self.kind = kind
        self.function = function
        self.given = given


class Budget:
    """The work that is left for one payload."""

    def __init__(self, steps: int = STEPS_MAX) -> None:
        self.steps_left = steps

    def spend(self, steps: int) -> None:
        """Use some of it; ExpressionFailed if there is none left."""
        self.steps_left -= steps
        if self.steps_left < 0:
            raise ExpressionFailed("too_much_work")

    def weigh(self, value: object) -> None:
        """Spend one step for each part of a value, and refuse what cannot be stored."""
        waiting: list[tuple[int, object]] = [(1, value)]
        while waiting:
            depth, part = waiting.pop()
            self.spend(1 + _length(part))
            if depth > DEPTH_MAX:
                raise ExpressionFailed("nested_too_deeply")
            if isinstance(part, dict):
                waiting.extend((depth + 1, inner) for inner in part.values())
            elif isinstance(part, list):
                waiting.extend((depth + 1, inner) for inner in part)
            elif isinstance(part, int | float) and not abs(part) < NUMBER_MAX:
                raise ExpressionFailed("number_too_large")


class _Functions(MappingFunctions):
    """All functions, measured; `join` before it builds its text."""

    def call_function(self, function_name: str, resolved_args: Iterable[object]) -> object:
        arguments = list(resolved_args)
        for argument in arguments:
            self.budget.weigh(argument)
        if function_name == "join" and len(arguments) == 2:
            self.budget.spend(_length(arguments[0]) * _length(arguments[1]))
        if function_name not in OWN_FUNCTIONS:
            return super().call_function(function_name, arguments)
        try:
            return super().call_function(function_name, arguments)
        except (ExpressionFailed, RecursionError):
            raise
        except Exception:
            given = cast(JsonValue, arguments[0]) if arguments else None
            raise ExpressionFailed(f"{function_name}_failed", function_name, given) from None


class _Interpreter(TreeInterpreter):
    """The standard interpreter, counting its steps."""

    def __init__(self, budget: Budget) -> None:
        super().__init__(Options(custom_functions=_Functions(budget)))
        self.budget = budget

    def visit(self, node: Any, *args: object, **kwargs: object) -> JsonValue:
        result: JsonValue = super().visit(node, *args, **kwargs)
        self.budget.spend(1 + _length(result))
        # Only these two can refer to one value twice, which doubles the work of a later step.
        if node["type"] in ("multi_select_list", "multi_select_dict"):
            self.budget.weigh(result)
        return result


def parse_expression(text: str) -> ParsedResult:
    """Parse an expression.

    Raises ExpressionRefused with the reason.
    """
    if len(text) > EXPRESSION_CHARS_MAX:
        raise ExpressionRefused(f"An expression may have at most {EXPRESSION_CHARS_MAX} characters.")
    try:
        expression = Parser().parse(text)
    except RecursionError:
        raise ExpressionRefused("The expression is nested too deeply.") from None
    except Exception as error:
        raise ExpressionRefused(_reason(error)) from None
    if unknown := _functions_called(expression.parsed) - _Functions.FUNCTION_TABLE.keys():
        raise ExpressionRefused(f"There is no function {min(unknown)}().")
    return expression


def evaluate_expression(text: str, payload: object, budget: Budget) -> JsonValue:
    """Evaluate an expression on a payload.

    Raises ExpressionFailed, and nothing else, whatever the payload holds.
    """
    try:
        result: JsonValue = _Interpreter(budget).visit(parse_expression(text).parsed, payload)
        budget.weigh(result)
    except ExpressionFailed:
        raise
    except RecursionError:
        raise ExpressionFailed("nested_too_deeply") from None
    except JMESPathError:
        raise ExpressionFailed("wrong_type") from None
    except Exception:
        raise ExpressionFailed("not_workable") from None
    return result


def _functions_called(tree: Any) -> set[str]:
    called: set[str] = set()
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if node["type"] == "function_expression":
            called.add(node["value"])
        waiting.extend(child for child in node["children"] if isinstance(child, dict))
    return called


def _length(value: object) -> int:
    if isinstance(value, str):
        return len(value) // STRING_CHARS_PER_STEP
    return len(value) if isinstance(value, list | dict) else 0


def _reason(error: Exception) -> str:
    first_line = str(error).splitlines()[0] if str(error) else "it cannot be read"
    return f"Not a JMESPath expression: {first_line}"
