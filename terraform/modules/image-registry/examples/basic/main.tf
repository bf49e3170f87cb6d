terraform {
  required_version = ">= 1.10"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100, < 7"
    }
  }
}

provider "aws" {
  region = "us-east-1"
}

module "image_registry" {
  source = "../.."

  repository_name = "example-engine"
}

# Push with any OCI client: skopeo copy oci:image:1.0 docker://<this>:1.0
output "repository_url" {
  value = module.image_registry.repository_url
}
