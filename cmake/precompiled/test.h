// What most tests read, read once for all of them (ADR 12). Not to be included by hand.
#pragma once
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cmake/precompiled/library.h"
