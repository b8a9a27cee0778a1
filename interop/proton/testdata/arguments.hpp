// Arguments of the form name=value.
#ifndef ARGUMENTS_HPP
#define ARGUMENTS_HPP

#include <map>
#include <stdexcept>
#include <string>

class arguments {
    std::map<std::string, std::string> values;

public:
    arguments(int argc, char** argv) {
        for (int i = 1; i < argc; i++) {
            std::string word(argv[i]);
            size_t at = word.find('=');
            if (at == std::string::npos) throw std::invalid_argument(word);
            values[word.substr(0, at)] = word.substr(at + 1);
        }
    }

    bool has(const std::string& name) const { return values.count(name) > 0; }

    std::string text(const std::string& name) const {
        auto i = values.find(name);
        return i == values.end() ? "" : i->second;
    }

    size_t number(const std::string& name) const { return has(name) ? std::stoul(text(name)) : 0; }
};

#endif
