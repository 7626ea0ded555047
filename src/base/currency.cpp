#include "base/currency.h"

namespace gamekeeper {
namespace {

// In alphabetical order, three letters each.
constexpr std::string_view kCodes =
    "AEDAFNALLAMDANGAOAARSAUDAWGAZNBAMBBDBDTBGNBHDBIFBMDBNDBOBBOVBRLBSDBTNBWPBYNBYRBZD"
    "CADCDFCHECHFCHWCLFCLPCNYCOPCOUCRCCUCCUPCVECZKDJFDKKDOPDZDEEKEGPERNETBEURFJDFKPGBP"
    "GELGHSGIPGMDGNFGTQGYDHKDHNLHRKHTGHUFIDRILSINRIQDIRRISKJMDJODJPYKESKGSKHRKMFKPWKRW"
    "KWDKYDKZTLAKLBPLKRLRDLSLLTLLVLLYDMADMDLMGAMKDMMKMNTMOPMROMRUMURMVRMWKMXNMXVMYRMZN"
    "NADNGNNIONOKNPRNZDOMRPABPENPGKPHPPKRPLNPYGQARRONRSDRUBRWFSARSBDSCRSDGSEKSGDSHPSLE"
    "SLLSOSSRDSSPSTDSTNSVCSYPSZLTHBTJSTMTTNDTOPTRYTTDTWDTZSUAHUGXUSDUSNUSSUYIUYUUYWUZS"
    "VEDVEFVESVNDVUVWSTXADXAFXAGXAUXBAXBBXBCXBDXCDXCGXDRXOFXPDXPFXPTXSUXTSXUAXXXYERZAR"
    "ZMKZMWZWGZWL";

}  // namespace

bool is_currency(std::string_view code) {
  if (code.size() != 3) return false;
  size_t from = 0, to = kCodes.size() / 3;
  while (from < to) {
    const size_t middle = (from + to) / 2;
    const std::string_view here = kCodes.substr(middle * 3, 3);
    if (here == code) return true;
    if (here < code) {
      from = middle + 1;
    } else {
      to = middle;
    }
  }
  return false;
}

}  // namespace gamekeeper
