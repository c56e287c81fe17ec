"""What integration costs 整合成本, and who may interrupt whom 紧急优先."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from sim.base import Block, NonNegativeFloat, Probability

__all__ = ["IntegrationCosts", "PreEmption"]


class IntegrationCosts(Block):
    """Switch: costs of integration 整合成本.  Off: none.  They fall on whoever was merged, and on nobody else."""

    on: bool = True
    """Whether merging has costs."""
    generalist_slowdown: Annotated[NonNegativeFloat, Field(le=10)] = 0.05
    """How much slower a generalist is at a specialist's job, share of the touch time, 0 to 10: merged grid workers, clerks of a
    merged centre, street teams at delegated work.  Assumption 0.05; 0 to 0.15."""
    ownership_loss: Probability = 0.0
    """Share of the base chance of a true fix that is lost where nobody owns a ticket (merged centre or merged grid workers), 0
    to 1. Song, Tucker and Murrell 2015 found owners up to 17% faster; assumption 0."""
    training_days: Annotated[NonNegativeFloat, Field(le=200)] = 0.0
    """Working days a year that a member of a merged pool spends in training 培训, 0 to 200, on full pay; spread over the year,
    half of the members at a time."""


class PreEmption(Block):
    """Switch: urgent work pre-empts 紧急优先.  Off: a job that is started is finished."""

    on: bool = False
    """Whether urgent work interrupts other field work (grid teams, community staff, street teams, crews)."""
