// Precompiled for the tests of folders that compute with tensors.
#pragma once

#include "tensor_header.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
