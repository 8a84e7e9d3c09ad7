#include "attune/pretrained/formats/pytorch/pickle.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "attune/base/error.h"
#include "attune/base/testing/error_of.h"

namespace attune {
namespace {

using ::testing::HasSubstr;
using namespace std::string_literals;

std::string pickle_error(const std::string& bytes) {
  return error_of(ErrorKind::data, [&] { parse_pickle(bytes, "p"); });
}

/// The root of protocol 2's `instructions`, kept alive by the caller's text and pickle.
struct Parsed {
  explicit Parsed(const std::string& instructions)
      : text("\x80\x02" + instructions + "."), pickle(parse_pickle(text, "p")) {}
  const PickleValue& operator*() const { return pickle.root(); }
  const PickleValue* operator->() const { return &pickle.root(); }
  std::string text;
  Pickle pickle;
};

TEST(Pickle, ReadsNumbers) {
  EXPECT_EQ(Parsed("N")->kind, PickleKind::none);
  EXPECT_EQ(Parsed("\x88")->integer, 1);
  EXPECT_EQ(Parsed("K\xff")->integer, 255);
  EXPECT_EQ(Parsed("M\x01\x02")->integer, 0x201);
  EXPECT_EQ(Parsed("J\xff\xff\xff\xff")->integer, -1);
  EXPECT_EQ(Parsed("\x8a\0"s)->integer, 0);
  EXPECT_EQ(Parsed("\x8a\x02\x00\xff"s)->integer, -256);
  EXPECT_EQ(Parsed("\x8a\x02\xff\x00"s)->integer, 255);
  EXPECT_EQ(Parsed("\x8a\x08\0\0\0\0\0\0\0\x80"s)->integer, INT64_MIN);
  EXPECT_EQ(Parsed("\x8a\x09\0\0\0\0\0\0\0\x80\0"s)->kind, PickleKind::big_integer);
  EXPECT_EQ(Parsed("G\x40\x09\x21\xfb\x54\x44\x2d\x18"s)->real, 3.141592653589793);
}

TEST(Pickle, ReadsContainers) {
  const Parsed list(
      "](K\x01K\x02"
      "e");
  ASSERT_EQ(list->items.size(), 2u);
  EXPECT_EQ(list->items[1]->integer, 2);
  const Parsed dict("}(X\x01\0\0\0aK\x05X\x01\0\0\0bNu"s);
  EXPECT_EQ(pickle_find(*dict, "a")->integer, 5);
  EXPECT_EQ(pickle_find(*dict, "b")->kind, PickleKind::none);
  EXPECT_EQ(pickle_find(*dict, "c"), nullptr);
  EXPECT_EQ(Parsed("K\x01K\x02K\x03\x87")->items.size(), 3u);
  EXPECT_EQ(Parsed("(K\x01K\x02t")->kind, PickleKind::tuple);
  const Parsed shared("]q\x05h\x05h\x05\x86");
  EXPECT_EQ(Parsed("K\x01K\x02"
                   "0")
                ->integer,
            1);
}

TEST(Pickle, CallsNothing) {
  // os.system("rm") as an exploit writes it: only noted.
  const Parsed call("cposix\nsystem\nX\x02\0\0\0rm\x85R"s);
  EXPECT_EQ(call->kind, PickleKind::object);
  EXPECT_EQ(call->class_name(), "posix.system");
  EXPECT_EQ(call->arguments->items[0]->text, "rm");
  const Parsed object(
      "ca\nB\n)\x81}X\x01\0\0\0xK\x01s"
      "b"s);
  EXPECT_EQ(object->class_name(), "a.B");
  EXPECT_EQ(pickle_find(*object->state, "x")->integer, 1);
  EXPECT_EQ(Parsed("(ia\nB\n")->class_name(), "a.B");
  EXPECT_EQ(Parsed("(ca\nB\nK\x01o")->arguments->items.size(), 1u);
  EXPECT_EQ(Parsed("\x8c\x01"
                   "a\x8c\x01"
                   "B\x93")
                ->class_name(),
            "a.B");
}

TEST(Pickle, ReadsAnOrderedDictOfEitherPython) {
  const Parsed three("ccollections\nOrderedDict\n)RX\x01\0\0\0aK\x05s"s);
  EXPECT_EQ(pickle_find(*three, "a")->integer, 5);
  const Parsed two(
      "ccollections\nOrderedDict\n]](U\x01"
      "aK\x05"
      "ea\x85R"s);
  EXPECT_EQ(pickle_find(*two, "a")->integer, 5);
}

TEST(Pickle, ReadsAValueThatHoldsItself) {
  const Parsed loop("]q\0h\0a"s);
  EXPECT_EQ(loop->items[0], &*loop);
}

TEST(Pickle, TellsWhereItEnds) {
  const std::string text = "\x80\x02K\x01.rest";
  EXPECT_EQ(parse_pickle(text, "p").size(), 5u);
}

TEST(Pickle, RefusesWhatIsDamaged) {
  EXPECT_THAT(pickle_error(""), HasSubstr("ends in the middle"));
  EXPECT_THAT(pickle_error("K\x01."), HasSubstr("does not begin with a protocol"));
  EXPECT_THAT(pickle_error("\x80\x01N."), HasSubstr("protocol 2 to 5"));
  EXPECT_THAT(pickle_error("\x80\x02."), HasSubstr("a value that is not there"));
  EXPECT_THAT(pickle_error("\x80\x02N"), HasSubstr("ends in the middle"));
  EXPECT_THAT(pickle_error("\x80\x02X\xff\xff\xff\xff"
                           "a."),
              HasSubstr("ends in the middle"));
  EXPECT_THAT(pickle_error("\x80\x02\x8d\xff\xff\xff\xff\xff\xff\xff\xff"
                           "a."),
              HasSubstr("ends in the middle"));
  EXPECT_THAT(pickle_error("\x80\x02h\x01."), HasSubstr("that it did not store"));
  EXPECT_THAT(pickle_error("\x80\x02t."), HasSubstr("a mark that is not there"));
  EXPECT_THAT(pickle_error("\x80\x02N(R."), HasSubstr("a value that is not there"));
  EXPECT_THAT(pickle_error("\x80\x02NNa."), HasSubstr("appends to something"));
  EXPECT_THAT(pickle_error("\x80\x02NNNs."), HasSubstr("no dict"));
  EXPECT_THAT(pickle_error("\x80\x02}(Nu."), HasSubstr("odd number"));
  EXPECT_THAT(pickle_error("\x80\x02(Nd."), HasSubstr("odd number"));
  EXPECT_THAT(pickle_error("\x80\x02NNR."), HasSubstr("something that is no tuple"));
  EXPECT_THAT(pickle_error("\x80\x02NN\x93."), HasSubstr("no text"));
  EXPECT_THAT(pickle_error("\x80\x02"
                           "ca"),
              HasSubstr("in the middle of a name"));
  EXPECT_THAT(pickle_error("\x80\x02\x97."), HasSubstr("0x97, no instruction"));
  EXPECT_THAT(pickle_error("\x80\x02"
                           "Pid\n."),
              HasSubstr("0x50, no instruction"));
  EXPECT_THAT(pickle_error("\x80\x02" + std::string(4'000'001, 'N') + "."), HasSubstr("4 million"));
}

}  // namespace
}  // namespace attune
