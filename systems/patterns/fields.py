"""What the fields of patterns may hold; `archbench check` finds anything else."""

from typing import Annotated, TypeAlias

from annotated_types import Ge, Gt, Le
from pydantic import AllowInfNan

Seconds: TypeAlias = Annotated[float, Gt(0), AllowInfNan(False)]
Share: TypeAlias = Annotated[float, Ge(0), Le(1)]
