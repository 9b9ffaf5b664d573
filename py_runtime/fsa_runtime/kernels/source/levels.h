// Names of functions that are compiled once for each level of processor, as `build` calls it in FSA_LEVEL.
#pragma once

#define JOIN(name, level) name##_##level
#define NAMED(name, level) JOIN(name, level)
