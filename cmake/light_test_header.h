// Precompiled for the tests of folders that know nothing of LibTorch.
#pragma once

#include "light_header.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
