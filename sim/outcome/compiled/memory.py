"""Where the count's arrays are: the book knows their addresses, and a compiled function reads them as arrays at no cost.

Handing twenty arrays to every function, and counting who refers to them, would take several times as long as counting a row.
Python owns the arrays; it makes them larger between two calls, never within one.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import from_dtype, types
from numba.core import cgutils
from numba.extending import intrinsic
from numba.np.arrayobj import make_array, populate_array

from sim.outcome.compiled.records import CALENDAR, GRID, GROUP, ISSUE, LIMIT, MORE, POOL, SPAN, TICKET, WORK

__all__ = ["calendars_of", "categories_of", "counts_of", "grid_of", "grids_of", "groups_of", "issue_soon", "issues_of", "limits_of",
           "members_of", "mores_of", "pools_of", "row_of", "slots_of", "slots_soon", "spans_of", "stages_of", "stream_of",
           "ticket_slots_of", "ticket_slots_soon", "ticket_soon", "tickets_of", "time_of", "waits_of", "works_of"]

_NONE = 0       # arrays by address know no length of their own; a length of 0 spares the question whether a place counts from the end


def _array(name: str, kind: Any) -> Any:
    """A function of compiled code: the array whose address stands in the book under `at_<name>`."""
    kind = np.dtype(kind)
    field, found = f"at_{name}", types.Array(from_dtype(kind), 1, "C")

    def typed(_context: Any, book: Any) -> Any:
        def codegen(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
            number = context.get_value_type(types.int64)
            address = builder.load(cgutils.get_record_member(builder, arguments[0], book.offset(field), number))
            array = make_array(found)(context, builder)
            populate_array(array, data=builder.inttoptr(address, array.data.type), shape=[context.get_constant(types.intp, _NONE)],
                           strides=[context.get_constant(types.intp, kind.itemsize)],
                           itemsize=context.get_constant(types.intp, kind.itemsize), meminfo=None)
            return array._getvalue()

        return found(book), codegen

    typed.__name__ = typed.__qualname__ = f"{name}_of"
    return intrinsic(typed)


def _soon(name: str, kind: Any, byte: int = 0) -> Any:
    """A function of compiled code that asks for the cache line of a record that will be needed soon; any place will do."""
    field, size = f"at_{name}", np.dtype(kind).itemsize

    def typed(_context: Any, book: Any, place: Any) -> Any:
        def codegen(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
            number, pointer, word = context.get_value_type(types.int64), ir.IntType(8).as_pointer(), ir.IntType(32)
            prefetch = builder.module.declare_intrinsic("llvm.prefetch", [pointer],
                                                        ir.FunctionType(ir.VoidType(), [pointer, word, word, word]))
            start = builder.load(cgutils.get_record_member(builder, arguments[0], book.offset(field), number))
            place = builder.add(start, builder.mul(arguments[1], number(size)))
            builder.call(prefetch, [builder.inttoptr(builder.add(place, number(byte)), pointer), word(0), word(3), word(1)])
            return context.get_dummy_value()

        return types.none(book, types.int64), codegen

    typed.__name__ = typed.__qualname__ = f"{name}_soon"
    return intrinsic(typed)


issues_of, tickets_of, groups_of, works_of, mores_of = (_array(name, kind) for name, kind in (
    ("issues", ISSUE), ("tickets", TICKET), ("groups", GROUP), ("works", WORK), ("mores", MORE)))
pools_of, calendars_of, spans_of, grids_of, limits_of = (_array(name, kind) for name, kind in (
    ("pools", POOL), ("calendars", CALENDAR), ("spans", SPAN), ("grids", GRID), ("limits", LIMIT)))
slots_of, ticket_slots_of, stages_of, stream_of, grid_of, time_of = (_array(name, np.int32) for name in (
    "slots", "ticket_slots", "stages", "stream", "grid", "time"))
slots_soon, ticket_slots_soon, issue_soon, ticket_soon = (
    _soon("slots", np.int32), _soon("ticket_slots", np.int32), _soon("issues", ISSUE, ISSUE.fields["services"][1]),  # type: ignore[index]
    _soon("tickets", TICKET, TICKET.fields["groups"][1]))  # type: ignore[index]
waits_of, categories_of, members_of, counts_of, row_of = (_array(name, np.int64) for name in (
    "waits", "categories", "members", "counts", "row"))
