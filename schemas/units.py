"""Quantities whose unit is in their type."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

Celsius = Annotated[float, Field(ge=-273.15, le=150, description="degrees Celsius")]
Millilitres = Annotated[float, Field(ge=0, le=10_000, description="millilitres")]
Cells = Annotated[float, Field(ge=0, le=1e13, description="number of cells")]
Degrees = Annotated[float, Field(ge=0, le=180, description="degrees from upright")]
Percent = Annotated[float, Field(ge=0, le=100, description="per cent")]
Hours = Annotated[float, Field(gt=0, le=24 * 366, description="hours")]
Minutes = Annotated[float, Field(gt=0, le=60 * 24 * 366, description="minutes")]
