"""What the compiled engine holds in memory: records in growable arrays, and one record, the world, that knows where they are.

Compiled functions are handed the world `w` alone and read `job = job_at(w, j)`: an address turned into a record costs nothing, while
forty arrays as arguments of every call would.  Python owns the arrays (`sim.engine_numba.world`); it makes them larger between two
stretches of the run, never within one.  References between records are places in arrays; -1 is none.  A free record is kept in a
chain through its field `next`.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from sim.compiling import part
from sim.draws.random import Block
from sim.timeline import COLUMNS

__all__ = ["ASSESSED", "CATEGORY", "CAUSE", "CHAINS", "CHUNK", "FIND", "ISSUE", "JOB", "MEMBER", "NODE", "POOL", "RESIDENT", "ROW", "RULES",
           "SHIFT", "SIDE", "TICKET", "TRUST", "WORLD"]

NODE = np.dtype([
    # A place in a heap, or something that lies ahead (`order` says what, and `child` when, until it is put into a heap).  Heaps are
    # ordered by (key, order, tail).
    ("key", "i8"), ("order", "i4"), ("tail", "i4"), ("a", "i4"), ("b", "i4"), ("child", "i4"), ("next", "i4")], align=True)

CHUNK = np.dtype([
    # Some of the nodes that lie in one span, in one cache line.
    ("nodes", "i4", (14,)), ("number", "i4"), ("next", "i4")], align=True)

FIND = np.dtype([("key", "i8"), ("number", "i4"), ("issue", "i4")], align=True)     # an issue that a beat will find at a reading

JOB = np.dtype([
    # Something to be done by one member of one pool (bare: a customer).
    ("key", "i8"), ("left", "i8"), ("travel_left", "i8"), ("luck", "f8"), ("since", "i4"), ("tail", "i4"), ("issue", "i4"),
    ("issue_at", "i4"), ("ticket", "i4"), ("ticket_at", "i4"), ("pool", "i4"), ("member", "i4"), ("started", "i4"), ("entry", "i4"),
    ("entries", "i4"), ("matter", "i4"), ("next", "i4"), ("urgency", "i4"), ("kind", "i2"), ("purpose", "i1"), ("interrupts", "i1")],
    align=True)

MEMBER = np.dtype([
    # Those who are free stand in line at their shift, by `since` and number.
    ("where", "i8"), ("pool", "i4"), ("number", "i4"), ("shift", "i4"), ("job", "i4"), ("turn", "i4"), ("since", "i4"), ("next", "i4"),
    ("before", "i4"),
    # reform: works elsewhere now, or will as soon as the job in hand is done; and where
    ("gone", "i4"), ("following", "i4")], align=True)

SHIFT = np.dtype([
    # Members of one pool who keep one calendar, and the first and last in the line of those who are free; `patrolling` and on: see
    # `beats`.
    ("open", "i8"), ("close", "i8"), ("worked", "i8"), ("calendar", "i4"), ("position", "i4"), ("last", "i4"), ("free", "i4"),
    ("last_free", "i4"), ("patrolling", "i4"), ("counted_on", "i4"), ("scan", "i4")], align=True)

POOL = np.dtype([
    ("wakes", "i8"), ("reading", "i8"), ("round_time", "f8"), ("index", "i4"), ("first", "i4"), ("members", "i4"), ("first_shift", "i4"),
    ("shifts", "i4"), ("calendar", "i4"), ("waiting", "i4"), ("pressing", "i4"), ("length", "i4"), ("busy", "i4"), ("free", "i4"),
    ("capacity", "i4"), ("overflow", "i4"), ("phones", "i4"), ("hidden", "i4"), ("hidden_n", "i4"),
    ("hidden_size", "i4"), ("beat_turn", "i4"), ("mark", "i4"), ("fcfs", "i1"),
    ("rule", "i1"), ("preemptive", "i1"), ("unlimited", "i1"), ("kind", "i1"), ("tier", "i1"), ("touched", "i1"), ("beat", "i1"),
    # assessment: the department whose crew it is; -1 none
    ("department", "i4"),
    # padding
    ("reports", "i4"), ("reports_period", "i4"),
    # participation: chance that helpers solve it; -1 where a pool are no helpers
    ("success", "f8"),
    # emergencies: what calls for its members; whether urgent work interrupts now, may call for help; members may be seconded now, are looked for
    ("calls", "i4"), ("interrupting", "i1"), ("may_call", "i1"), ("lends", "i1"), ("lending", "i1"),
    # reform: it is no more; it may be, or may have been, pre-emptive
    ("gone", "i1"), ("presses", "i1")], align=True)

ISSUE = np.dtype([
    # An issue that exists; once it has ended and no ticket is open its place is free, and `number` another's.  Two cache lines: what
    # it is, and the last attempt at each purpose (by block, from FIRST_COUNTER on).
    ("subject", "i8"), ("touch", "f8"), ("number", "i4"), ("grid", "i4"), ("tickets", "i4"), ("last_ticket", "i4"), ("registered", "i4"),
    ("next", "i4"), ("category", "i2"), ("departments", "i2", (3,)), ("parts", "i1"), ("severity", "i1"), ("able", "i1"), ("ended", "i1"),
    ("resolved", "i1"), ("started", "i1"), ("found", "i1"), ("closed_before", "i1"), ("reported", "i1"), ("phantom", "i1"),
    ("_1", "i1", (6,)),
    ("attempts", "i4", (16,))], align=True)
FIRST_COUNTER = int(Block.PATROL)

TICKET = np.dtype([
    # An open ticket, in two cache lines.  `limit` is the severity whose time limit it has.
    ("due", "i8"), ("detects", "f8"), ("number", "i4"), ("issue", "i4"), ("ordinal", "i4"), ("registered", "i4"), ("desk", "i4"),
    ("place", "i4"), ("unit", "i4"), ("sent_to", "i4"), ("hops", "i4"), ("dispatches", "i4"), ("returns", "i4"), ("reworks", "i4"),
    ("losses", "i4"), ("given", "i4"), ("jobs", "i4"), ("last_job", "i4"), ("next", "i4"), ("known", "i4", (6,)), ("part", "i1"),
    ("left", "i1"), ("knowing", "i1"), ("limit", "i1"), ("lamp", "i1"), ("ruled", "i1"), ("lying", "i1"), ("fixed", "i1"),
    ("convened", "i1"), ("review", "i1"), ("ordered", "i1"),
    ("ahead", "i1"), ("sorted_out", "i1"), ("owned", "i1"), ("helped", "i1"),
    ("_1", "i1", (5,))], align=True)

TRUST = np.dtype([("level", "f8")])     # of a community

ASSESSED = np.dtype([
    # A department or a street: what its last score makes it do, and what others have experienced of it since then.
    ("effort", "f8"), ("refusal", "f8"), ("checks", "f8"), ("done", "i8"), ("in_time", "i8"), ("rework", "i8"), ("returns", "i8")])

RESIDENT = np.dtype([
    # A resident's story: somebody who has noticed an issue, or who has a question (`issue_at` -1).
    ("subject", "i8"), ("call_back", "f8"), ("call_back_after", "f8"), ("issue", "i4"), ("issue_at", "i4"), ("category", "i4"),
    ("desk", "i4"), ("right_desk", "i4"), ("detail", "i4"), ("ask", "i4"), ("attempt", "i4"), ("next", "i4"), ("channel", "i1"),
    ("asks_again", "i1")], align=True)

CATEGORY = np.dtype([
    ("touch_mean", "f8", (4,)), ("travel_mean", "f8", (4,)), ("deadline", "f8", (3,)), ("working", "i8", (3,)), ("delegated", "f8"),
    ("worsens_touch", "f8"), ("district_desk", "i8"), ("centre", "i8"),
    # screening
    ("screened", "f8"),
    # root causes
    ("cluster", "i8"),
    # three ways
    ("nature", "f8", (3,)),
    # trust
    ("reporters", "f8")], align=True)

CAUSE = np.dtype([("level", "f8"), ("since", "i8"), ("tickets", "i8")])     # a cluster: what is prevented, since when; tickets since then

_NUMBERS = ("consultation_mean", "forward_mean", "call_back_mean", "wrong_centre", "transfer_mean", "signal_pass", "signal_time",
            "signal_recovery", "force_keep", "mis_dispatch", "too_low", "hold_mean", "refuse", "sign_in_mean", "sign_in_urgent", "convene",
            "true_fix", "look", "lamp_yellow", "lamp_red", "lift", "order_effort", "verify_share", "verify_by_call", "verify_mean",
            "verify_detects", "phone_patience_mean", "call_back", "call_back_after", "ask_again", "ask_again_after", "repeat",
            "repeat_within", "evaluated",
            # screening
            "sweep_every", "sweep_mean", "dispatch_every", "stuck_after",
            # root causes
            "analysis_every", "analysis_cut", "analysis_half_life",
            # sensors
            "recognised",
            # assessment
            "assess_every", "self_share", "self_bias", "bar", "assess_effort", "refusal_cut", "listed_effort", "listed_checks",
            # three ways
            "deliberation", "help_case", "help_after", "settles_after", "meeting_every", "meeting", "agree",
            # case owners
            "owned_after", "own_again", "owner_effort",
            # petitions
            "petition_false", "petition_overdue", "petition_after",
            # trust
            "trust_gain", "trust_loss", "trust_low", "trust_high",
            # participation
            "reports", "self_help", "self_help_after", "interest_half_life", "visits_every",
            # padding
            "quota",
            # emergencies
            "emergency_over", "emergency_convene", "seconded", "seconded_slower")
RULES = np.dtype([(name, "f8") for name in _NUMBERS] + [
    ("handling_mean", "f8", (5,)), ("score", "f8", (2, 2, 5)), ("ruling_after", "i8"), ("parallel", "i8"), ("supervision", "i8"),
    ("asks_at_most", "i8"), ("shared_ledger", "i8"), ("deadline_calendar", "i8"),
    # root causes, three ways, case owners
    ("analysis_least", "i8"), ("three_ways", "i8"), ("owned_at_most", "i8"), ("own_repeats", "i8"),
    # sensors
    ("watch_calendar", "i8"),
    # participation
    ("participation", "i8"), ("rewarded", "i8"),
    # padding
    ("padding", "i8"), ("padding_period", "i8"),
    # emergencies
    ("emergencies", "i8"), ("emergency_bar", "i8"), ("emergency_team", "i8")], align=True)

ROW = np.dtype([(name, "i4") for name in COLUMNS])

CHAINS = {"nodes": NODE, "chunks": CHUNK, "jobs": JOB, "tickets": TICKET, "issues": ISSUE, "residents": RESIDENT}
"""Arrays whose records come and go; for each the world counts what is left and knows the first free one."""

_ARRAYS = ("nodes", "chunks", "jobs", "tickets", "issues", "residents", "members", "shifts", "pools", "categories", "rules", "rows", "buckets",
           "blocks", "later", "touched", "round", "cal_first", "cal_start", "cal_end", "cal_worked", "time", "stream", "grid", "subject",
           "asked", "callers",
           "stream_category", "grid_class", "grid_community", "grid_street", "team", "staff", "street_team", "crew", "street_desk",
           "community_desk", "centres", "speed", "first_luck", "luck_keys", "luck_lanes", "luck_usual", "visits", "bulk", "finds", "entry",
           "routing", "service_kind", "service_a", "service_b", "service_c", "values", "pool_block", "priority", "sure", "sure_entry",
           # root causes
           "causes",
           # sensors
           "stream_kind", "sensor_reached", "sensor_delay",
           # assessment
           "assessed",
           # estates
           "estate_solves", "estate_after",
           # case owners
           "owned",
           # trust
           "trust",
           # participation
           "helper_of", "helper_share", "helper_pool",
           # emergencies
           "lenders",
           # reform
           "sides", "moments", "street_time", "street_regime", "street_since", "pool_time", "pool_until", "pool_born", "pool_preemptive",
           "pool_success", "member_comes", "member_from", "member_until", "coming_from")
SIDE = ("rules", "categories", "team", "centres", "speed", "sensor_reached", "sensor_delay", "helper_of", "helper_share", "helper_pool",
        "centres_n", "sensor_kinds")
"""What of the world belongs to an organisation and is exchanged in a reform: addresses, then counts."""
_LUCK = ("how", "sigma", "half", "touch_sigma", "touch_half", "travel_sigma", "travel_half", "notice_mean", "notice_sigma", "notice_half",
         "channel", "consultation_channel", "severity", "authority", "department", "more", "lasts_share", "lasts_mean", "lasts_sigma",
         "lasts_half", "worsens", "worsens_after", "blind", "reporters")
"""Arrays of `sim.draws.luck.LuckNumbers`."""
_COUNTS = ("now", "end", "seq", "span", "scan", "arrival", "arrivals", "rows_used", "rows_size", "need", "touched_n",
           "round_n", "round_at", "issued", "unchecked", "members_used", "members_size", "pools_n",
           "categories_n", "departments_n", "centres_n", "classes_n", "written", "luck_keys_n", "grain", "loops", "bounded",
           "in_bulk", "finds_used", "finds_size", "finds_most", "callers_n", "attempts_seen", "attempts_drawn", "mark", "k0", "k1",
           "clusters_n", "sensor_kinds", "assessed_n", "communities_n",
           # emergencies
           "urgent", "emergency", "emergency_since", "lenders_n",
           # reform
           "reforms", "regime", "district", "joins_in", "asked_since", "hand_over", "take_up_lost", "stays_analysed", "stays_assessed",
           "streets_n", "issues_size", "tickets_size")
_FACTORS = ("slower", "dip_share", "dip_seconds")
WORLD = np.dtype([(name, "i8") for name in _ARRAYS + _LUCK] + [(name, "i8") for name in _COUNTS]
                 + [(f"{name}_{what}", "i8") for name in CHAINS for what in ("free", "left")] + [(name, "f8") for name in _FACTORS])

_FIELDS: Any = WORLD.fields
_LINE = 64          # bytes of a cache line
_MANY = 0   # arrays by address know no end of their own; of length 0, nobody counts back from it


def _as_pointer(_context: Any, address: Any) -> Any:
    def codegen(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.inttoptr(arguments[0], cgutils.voidptr_t)

    return types.voidptr(address), codegen


_pointer: Any = intrinsic(_as_pointer)
carray: Any = numba.carray    # type: ignore[attr-defined,unused-ignore]

@part
def ints(address, n=_MANY):     # type: ignore[no-untyped-def]
    """An array of int64 at an address."""
    return carray(_pointer(address), n, np.int64)


@part
def floats(address, n=_MANY):   # type: ignore[no-untyped-def]
    """An array of float64 at an address."""
    return carray(_pointer(address), n, np.float64)


@part
def table(address, rows, columns):      # type: ignore[no-untyped-def]
    """A table of float64 at an address."""
    return carray(_pointer(address), (rows, columns), np.float64)


@part
def int_table(address, rows, columns):  # type: ignore[no-untyped-def]
    """A table of int64 at an address."""
    return carray(_pointer(address), (rows, columns), np.int64)


@part
def cube(address, layers, rows, columns):       # type: ignore[no-untyped-def]
    """Tables of float64, one behind the other, at an address."""
    return carray(_pointer(address), (layers, rows, columns), np.float64)


def _record_at(name: str, dtype: np.dtype) -> Any:
    """The record at a place of an array that the world knows by name; `record_at(w, place)` in compiled code."""
    kind, offset, size = numba.from_dtype(dtype), _FIELDS[name][1], dtype.itemsize

    @intrinsic
    def record_at(_context: Any, w: Any, place: Any) -> Any:
        def codegen(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
            start = _address(builder, arguments[0], offset)
            return builder.inttoptr(builder.add(start, builder.mul(arguments[1], start.type(size))), context.get_value_type(kind))

        return kind(w, types.int64), codegen

    return record_at


def _address(builder: Any, world: Any, offset: int) -> Any:
    """The address of an array, read from the world's record."""
    long = ir.IntType(64)
    place = builder.gep(builder.bitcast(world, ir.IntType(8).as_pointer()), [ir.IntType(32)(offset)])
    return builder.load(builder.bitcast(place, long.as_pointer()))


def _number_at(kind: Any, bits: Any) -> Any:
    """One number of an array; `number_at(w, "name", place)` in compiled code."""
    wide = types.float64 if bits == ir.DoubleType() else types.int64

    @intrinsic(prefer_literal=True)
    def number_at(_context: Any, w: Any, name: Any, place: Any) -> Any:
        offset = _FIELDS[name.literal_value][1]

        def codegen(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
            start = builder.inttoptr(_address(builder, arguments[0], offset), bits.as_pointer())
            found = builder.load(builder.gep(start, [arguments[2]]))
            return builder.sext(found, ir.IntType(64)) if kind == types.int32 else found

        return wide(w, name, types.int64), codegen

    return number_at


def _put_number(bits: Any) -> Any:
    """Write one number of an array; `put_number(w, "name", place, value)` in compiled code."""

    @intrinsic(prefer_literal=True)
    def put_number(_context: Any, w: Any, name: Any, place: Any, value: Any) -> Any:
        offset = _FIELDS[name.literal_value][1]

        def codegen(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
            start = builder.inttoptr(_address(builder, arguments[0], offset), bits.as_pointer())
            value = builder.trunc(arguments[3], bits) if bits.width < 64 else arguments[3]
            builder.store(value, builder.gep(start, [arguments[2]]))
            return context.get_dummy_value()

        return types.none(w, name, types.int64, types.int64), codegen

    return put_number


def _lowest_bit(_context: Any, _bits: Any) -> Any:
    """Place of the lowest bit that is set in a number other than 0; `lowest_bit(bits)` in compiled code."""
    def codegen(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], ir.IntType(1)(1))

    return types.int64(types.int64), codegen


lowest_bit: Any = intrinsic(_lowest_bit)

def _soon(name: str, dtype: np.dtype) -> Any:
    """Ask for the cache lines of a record that will be needed soon; `soon(w, place)` in compiled code."""
    offset, size = _FIELDS[name][1], dtype.itemsize

    @intrinsic
    def soon(_context: Any, w: Any, place: Any) -> Any:
        def codegen(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
            byte, word = ir.IntType(8).as_pointer(), ir.IntType(32)
            prefetch = builder.module.declare_intrinsic("llvm.prefetch", [byte], ir.FunctionType(ir.VoidType(), [byte, word, word, word]))
            start = builder.add(_address(builder, arguments[0], offset), builder.mul(arguments[1], ir.IntType(64)(size)))
            for line in range(0, size, _LINE):
                place = builder.inttoptr(builder.add(start, start.type(line)), byte)
                builder.call(prefetch, [place, word(0), word(3), word(1)])
            return context.get_dummy_value()

        return types.none(w, types.int64), codegen

    return soon


@intrinsic
def _record_soon(_context: Any, address: Any) -> Any:
    """Ask for the first two cache lines of a record at an address; any address will do."""
    """Ask for the first two cache lines of a record at an address, any will do; `record_soon(address)` in compiled code."""
    def codegen(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        byte, word = ir.IntType(8).as_pointer(), ir.IntType(32)
        prefetch = builder.module.declare_intrinsic("llvm.prefetch", [byte], ir.FunctionType(ir.VoidType(), [byte, word, word, word]))
        for line in (0, _LINE):
            place = builder.inttoptr(builder.add(arguments[0], arguments[0].type(line)), byte)
            builder.call(prefetch, [place, word(0), word(3), word(1)])
        return context.get_dummy_value()

    return types.none(address), codegen


record_soon: Any = intrinsic(_record_soon)
chunk_at = _record_at("chunks", CHUNK)
node_at, job_at, ticket_at = _record_at("nodes", NODE), _record_at("jobs", JOB), _record_at("tickets", TICKET)
issue_at, resident_at, member_at = _record_at("issues", ISSUE), _record_at("residents", RESIDENT), _record_at("members", MEMBER)
shift_at, pool_at, category_at = _record_at("shifts", SHIFT), _record_at("pools", POOL), _record_at("categories", CATEGORY)
row_at, find_at = _record_at("rows", ROW), _record_at("finds", FIND)
cause_at, assessed_at, trust_at = _record_at("causes", CAUSE), _record_at("assessed", ASSESSED), _record_at("trust", TRUST)
node_soon, issue_soon, ticket_soon = _soon("nodes", NODE), _soon("issues", ISSUE), _soon("tickets", TICKET)
int_at, put_int = _number_at(types.int32, ir.IntType(32)), _put_number(ir.IntType(32))
long_at, put_long = _number_at(types.int64, ir.IntType(64)), _put_number(ir.IntType(64))
float_at = _number_at(types.float64, ir.DoubleType())
_rules_at = _record_at("rules", RULES)


@part
def rules_of(w):    # type: ignore[no-untyped-def]
    """The settings of the rules."""
    return _rules_at(w, 0)
