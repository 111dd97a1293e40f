// The tests' own main: this program is also the child that they start.
#include <gtest/gtest.h>

#include <cstring>

#include "malware/malware.h"

int main(int argc, char** argv) {
  if (argc == 2 && std::strcmp(argv[1], weir::malware::kChildCommand) == 0) return weir::malware::ChildMain();
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
